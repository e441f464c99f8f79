package ssl

import (
	"context"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// Service is what the actions work on.
type Service struct {
	Store     csr.Store
	Sealer    csr.Sealer
	Generator *csr.Generator
	// Rows keeps rows of lists; nil keeps none.
	Rows *Rows
	// Zone is the time zone of CreateTime; the API writes none with it.
	Zone *time.Location
	// RetainDeleted keeps deleted CSRs so that the operator can bring them back.
	RetainDeleted bool
	// Strict shows private keys to whoever may DescribeCSR, as the cloud does,
	// and not only to those with a permission of its own.
	Strict bool
}

func (s *Service) wireTime(t time.Time) string { return wire.Time(t, s.Zone) }

func owner(call *action.Call) csr.Owner { return csr.Owner(call.Caller.Uin) }

// complete makes a CSR what it is to become: it checks the details, and for
// csr.Generated makes and seals the key. password is that of the key.
func (s *Service) complete(ctx context.Context, c *csr.CSR, become csr.Status, password csr.Secret) error {
	if become == csr.Draft {
		return s.Generator.Check(&c.Details, csr.Draft, password)
	}
	request, key, err := s.Generator.Generate(ctx, &c.Details, password)
	if err != nil {
		return err
	}
	defer clear(key)
	sealed, err := c.Seal(ctx, s.Sealer, csr.PurposePrivateKey, key)
	if err != nil {
		return err
	}
	spki, err := csr.RequestSPKI(request)
	if err != nil {
		return err
	}
	c.Status, c.PEM, c.PrivateKey, c.SPKI = csr.Generated, request, sealed, spki
	return nil
}

// statusOf reads the parameter Generate.
func statusOf(generate bool) csr.Status {
	if generate {
		return csr.Generated
	}
	return csr.Draft
}
