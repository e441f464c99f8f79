package inventory

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type importCSRRequest struct {
	CSR         string     `api:"required" doc:"The CSR: PEM, or base64 of DER. Its own key must have signed it."`
	PrivateKey  *string    `api:"secret" doc:"Its private key: PEM, or base64 of DER, of PKCS#8, PKCS#1 or SEC 1; encrypted only as PKCS#8 with PBES2."`
	KeyPassword *string    `api:"secret" doc:"Password of the private key. It opens the key if that is encrypted, and is kept with it: the key is then returned as encrypted PKCS#8. At most 128 bytes."`
	Remark      *string    `doc:"Remarks, returned as Remarks. At most 1,000 characters."`
	Tags        []wire.Tag `doc:"Tags, at most 50."`
}

type importCSRResponse struct {
	Id       int64   `doc:"Id of the CSR."`
	Existing bool    `doc:"Whether this very CSR was recorded before, under this Id."`
	KeyAdded bool    `doc:"Whether an existing record had no private key and now has the one that was sent."`
	SameKey  []int64 `doc:"Ids of the account's other CSRs of the same key, newest first, at most 1,000."`
	action.Reply
}

// Decision: the very CSR that is recorded already is not recorded again: ImportCSR answers its id, and adds the private
// key where the record has none. Other CSRs of the same key are recorded, and told.

func importCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "ImportCSR",
		Summary: "Records a CSR that exists already, with its private key or without.",
		Rate:    10,
		Writes:  true,
		Doc: "The record takes Domain from the CN or else the first DNS name, the other fields from the subject, and the names besides from the " +
			"subject alternative names; what the CSR does not say is empty. A CSR that is recorded already keeps its record, with Remark and Tags as they are; " +
			"only a private key that it lacks is added.",
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			wire.SystemError(),
			{Code: wire.CodeWithDetailReason, When: "the CSR cannot be read or verified, the private key cannot be read or is not its own, or a parameter breaks a rule; the message names field and rule"},
		},
	}, (*Service).importCSR)
}

// maxSameKey is how many other CSRs of one key are told.
const maxSameKey = 1000

func (s *Service) importCSR(ctx context.Context, call *action.Call, r *importCSRRequest) (*importCSRResponse, error) {
	response, err := s.importRequest(ctx, call, r)
	if err != nil {
		return nil, wire.Error(err, wire.CodeWithDetailReason)
	}
	call.Resources = wire.CSRs(call, response.Id)
	return response, nil
}

func (s *Service) importRequest(ctx context.Context, call *action.Call, r *importCSRRequest) (*importCSRResponse, error) {
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
	}
	request, key, err := s.read(ctx, r, password)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	c := &csr.CSR{
		Record: csr.Record{Owner: owner(call), Details: request.Details, Status: csr.Generated, CreateTime: call.Now},
		PEM:    request.PEM, SPKI: request.SPKI,
	}

	for {
		response, err := s.record(ctx, c, key, password)
		if errors.Is(err, csr.ErrRecorded) || errors.Is(err, csr.ErrHasKey) || errors.Is(err, csr.ErrNotFound) {
			continue // another request recorded it, gave it its key or deleted it meanwhile: look again
		}
		return response, err
	}
}

// record adds a CSR to the store, or its key to the record that has it already.
func (s *Service) record(ctx context.Context, c *csr.CSR, key csr.Plain, password csr.Secret) (*importCSRResponse, error) {
	response := &importCSRResponse{SameKey: []int64{}} // [] rather than null
	id, hasKey, err := s.Store.FindPEM(ctx, c.Owner, c.SPKI, c.PEM)
	switch {
	case err == nil:
		response.Id, response.Existing, response.KeyAdded = id, true, len(key) > 0 && !hasKey
	case !errors.Is(err, csr.ErrNotFound):
		return nil, err
	}
	ids, err := s.Store.FindBySPKI(ctx, c.Owner, c.SPKI, maxSameKey+1)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if id != response.Id && len(response.SameKey) < maxSameKey {
			response.SameKey = append(response.SameKey, id)
		}
	}
	switch {
	case response.KeyAdded:
		c.ID = response.Id
		if err := s.seal(ctx, c, key, password); err != nil {
			return nil, err
		}
		return response, s.Store.AddKey(ctx, c.Owner, c.ID, c.PrivateKey, c.KeyPassword)
	case response.Existing:
		return response, nil
	}
	if c.ID, err = s.Store.NewID(ctx); err != nil {
		return nil, err
	}
	if err := s.seal(ctx, c, key, password); err != nil {
		return nil, err
	}
	response.Id = c.ID
	return response, s.Store.CreateOnce(ctx, c)
}

// read reads and checks all that a request brings. The caller overwrites the key.
func (s *Service) read(ctx context.Context, r *importCSRRequest, password csr.Secret) (*csr.Request, csr.Plain, error) {
	request, err := csr.ReadRequest([]byte(r.CSR))
	if err != nil {
		return nil, nil, err
	}
	if r.Remark != nil {
		request.Remark = *r.Remark
	}
	request.Tags = wire.Tags(r.Tags)
	if err := request.CheckImport(password); err != nil {
		return nil, nil, err
	}
	if r.PrivateKey == nil || *r.PrivateKey == "" {
		if password != "" {
			return nil, nil, &csr.InvalidError{Problems: []csr.Problem{{Field: "KeyPassword", Reason: csr.Reason{
				En: "is given without a PrivateKey", Zh: "须与 PrivateKey 一起给出",
			}}}}
		}
		return request, nil, nil
	}
	content := csr.Plain(*r.PrivateKey)
	defer clear(content)
	var key csr.Plain
	err = s.Generator.Bounded(ctx, func() (err error) {
		key, err = request.ReadKey(content, password)
		return err
	})
	return request, key, err
}

// seal seals the key and its password for the row of the CSR, whose id is set.
func (s *Service) seal(ctx context.Context, c *csr.CSR, key csr.Plain, password csr.Secret) (err error) {
	if c.PrivateKey, err = c.Seal(ctx, s.Sealer, csr.PurposePrivateKey, key); err != nil {
		return err
	}
	return c.SealPassword(ctx, s.Sealer, password)
}
