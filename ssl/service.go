package ssl

import (
	"context"
	"strconv"
	"time"

	"csrd/action"
	"csrd/csr"
)

// Service is what the actions work on.
type Service struct {
	Store     csr.Store
	Sealer    csr.Sealer
	Generator *csr.Generator
	// Zone is the time zone of CreateTime; the API writes none with it.
	Zone *time.Location
	// RetainDeleted keeps deleted CSRs so that the operator can bring them back.
	RetainDeleted bool
}

// Decision: CreateTime is in the time zone of Asia/Shanghai, unless the operator sets another.

// timeLayout is the form of CreateTime.
const timeLayout = "2006-01-02 15:04:05"

func (s *Service) wireTime(t time.Time) string { return t.In(s.Zone).Format(timeLayout) }

func owner(call *action.Call) csr.Owner { return csr.Owner(call.Caller.Uin) }

// complete makes a CSR what it is to become: it checks the details, and for
// csr.Generated makes and seals the key. password is that of the key.
func (s *Service) complete(ctx context.Context, c *csr.CSR, become csr.Status, password csr.Secret) error {
	if become == csr.Draft {
		return c.Check(csr.Draft, password)
	}
	request, key, err := s.Generator.Generate(ctx, &c.Details, password)
	if err != nil {
		return err
	}
	defer clear(key)
	sealed, err := s.seal(ctx, csr.PurposePrivateKey, c, key)
	if err != nil {
		return err
	}
	c.Status, c.PEM, c.PrivateKey = csr.Generated, request, sealed
	return nil
}

// seal seals a secret for the row of a CSR. An empty one seals to nothing.
func (s *Service) seal(ctx context.Context, purpose csr.Purpose, c *csr.CSR, secret csr.Plain) (csr.Sealed, error) {
	if len(secret) == 0 {
		return nil, nil
	}
	return s.Sealer.Seal(ctx, purpose, c.Owner, strconv.FormatInt(c.ID, 10), secret)
}

// sealPassword seals the password of a CSR's key.
func (s *Service) sealPassword(ctx context.Context, c *csr.CSR, password csr.Secret) (csr.Sealed, error) {
	plain := csr.Plain(password)
	defer clear(plain)
	return s.seal(ctx, csr.PurposeKeyPassword, c, plain)
}

// open is the reverse of seal. The caller overwrites what it returns.
func (s *Service) open(ctx context.Context, purpose csr.Purpose, c *csr.CSR, sealed csr.Sealed) (csr.Plain, error) {
	if sealed == nil {
		return nil, nil
	}
	return s.Sealer.Open(ctx, purpose, c.Owner, strconv.FormatInt(c.ID, 10), sealed)
}

// statusOf reads the parameter Generate.
func statusOf(generate bool) csr.Status {
	if generate {
		return csr.Generated
	}
	return csr.Draft
}
