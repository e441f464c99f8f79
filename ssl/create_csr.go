package ssl

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type createCSRRequest struct {
	subjectFields `api:"required"`
	Generate      bool `api:"required" doc:"true makes the key and the CSR now, and the record can no longer be modified; false saves a draft."`
	optionalFields
	Tags []wire.Tag `doc:"Tags, at most 50."`
}

type createCSRResponse struct {
	Id int64 `doc:"Id of the new CSR."`
	action.Reply
}

func createCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "CreateCSR",
		Summary: "Creates a CSR with its private key, or saves a draft of one.",
		Rate:    10,
		Writes:  true,
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the operation failed", Never: "whatever fails has one of the codes below"},
			wire.CAMAuthorizedFail(),
			{Code: wire.CodeInvalidParam, When: "a parameter breaks a rule; the message names field, value and rule"},
			wire.SystemError(),
		},
	}, (*Service).createCSR)
}

func (s *Service) createCSR(ctx context.Context, call *action.Call, r *createCSRRequest) (*createCSRResponse, error) {
	c := &csr.CSR{Record: csr.Record{Owner: owner(call), CreateTime: call.Now}}
	r.subjectFields.applyTo(&c.Details)
	r.optionalFields.applyTo(&c.Details)
	c.Tags = wire.Tags(r.Tags)
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
	}
	if err := s.create(ctx, c, statusOf(r.Generate), password); err != nil {
		return nil, wire.Error(err, wire.CodeInvalidParam)
	}
	return &createCSRResponse{Id: c.ID}, nil
}

// create checks before it takes an id: the secrets are sealed for their id.
func (s *Service) create(ctx context.Context, c *csr.CSR, become csr.Status, password csr.Secret) (err error) {
	if err := s.Generator.Check(&c.Details, become, password); err != nil {
		return err
	}
	if c.ID, err = s.Store.NewID(ctx); err != nil {
		return err
	}
	if err := c.SealPassword(ctx, s.Sealer, password); err != nil {
		return err
	}
	if err := s.complete(ctx, c, become, password); err != nil {
		return err
	}
	return s.Store.Create(ctx, c)
}
