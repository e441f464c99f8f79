package ssl

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// Decision: in ModifyCSR an empty text for a field of the subject is InvalidParameter.WithDetailReason; an empty Remark or
// KeyPassword removes it, an empty SubjectAltName removes all.

type modifyCSRRequest struct {
	CSRId    int64 `api:"required" doc:"Id of the CSR."`
	Generate bool  `api:"required" doc:"true makes the key and the CSR now, and the record can no longer be modified; false leaves it a draft."`
	subjectFields
	optionalFields
}

// Resources is asked by policies.
func (r *modifyCSRRequest) Resources(call *action.Call) []string { return wire.CSRs(call, r.CSRId) }

type modifyCSRResponse struct {
	Id int64 `doc:"Id of the CSR."`
	action.Reply
}

func modifyCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "ModifyCSR",
		Summary: "Changes the draft of a CSR, or generates it.",
		Rate:    10,
		Writes:  true,
		Doc: "What is absent stays as it is. An empty Remark or KeyPassword removes it, and an empty list of SubjectAltName removes all; " +
			"the other fields cannot be emptied. A generated CSR cannot be modified.",
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the CSR is generated already, or others keep modifying it"},
			{Code: wire.CodeNetworkError, When: "the CA's system is busy", Never: "csrd asks no CA"},
			wire.UnlistedSystemError(),
			wire.InvalidCSRId(),
			{Code: wire.CodeWithDetailReason, When: "a parameter breaks a rule; the message names field, value and rule"},
		},
	}, (*Service).modifyCSR)
}

// Decision: a generated CSR is modified no more, FailedOperation; so is a draft that others change five times meanwhile.

// modifyTries is how often a modification starts over when others change the
// same draft meanwhile.
const modifyTries = 5

func (s *Service) modifyCSR(ctx context.Context, call *action.Call, r *modifyCSRRequest) (*modifyCSRResponse, error) {
	err := csr.ErrConflict
	for try := 0; try < modifyTries && errors.Is(err, csr.ErrConflict); try++ {
		err = s.modify(ctx, owner(call), r)
	}
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	return &modifyCSRResponse{Id: r.CSRId}, nil
}

func (s *Service) modify(ctx context.Context, owner csr.Owner, r *modifyCSRRequest) error {
	c, err := s.Store.Get(ctx, owner, r.CSRId)
	if err != nil {
		return err
	}
	if c.Status == csr.Generated {
		return csr.ErrGenerated
	}
	r.subjectFields.applyTo(&c.Details)
	r.optionalFields.applyTo(&c.Details)
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
		if err := c.SealPassword(ctx, s.Sealer, password); err != nil {
			return err
		}
	} else {
		plain, err := c.Open(ctx, s.Sealer, csr.PurposeKeyPassword, c.KeyPassword)
		if err != nil {
			return err
		}
		defer clear(plain)
		password = csr.Secret(plain)
	}
	if err := s.complete(ctx, c, statusOf(r.Generate), password); err != nil {
		return err
	}
	return s.Store.Update(ctx, c)
}
