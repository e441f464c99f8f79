package ssl

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type describeCSRRequest struct {
	CSRId int64 `api:"required" doc:"Id of the CSR."`
}

// Resources is asked by policies.
func (r *describeCSRRequest) Resources(call *action.Call) []string { return wire.CSRs(call, r.CSRId) }

type describeCSRResponse struct {
	wire.Record
	KeyPassword    *string  `api:"secret" doc:"Password of the private key; null where there is none."`
	CreateTime     string   `doc:"When it was created, as in 2023-08-25 09:48:47."`
	CSR            *string  `doc:"The CSR as PEM; null for a draft."`
	PrivateKey     *string  `api:"secret" doc:"The private key as PEM of PKCS#8, encrypted where there is a KeyPassword; null for a draft, and for an imported CSR without its key."`
	SubjectAltName []string `doc:"Subject alternative names besides the domain, as they were sent."`
	action.Reply
}

func describeCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "DescribeCSR",
		Summary: "Shows a CSR with its private key.",
		Doc:     "Without the permission csrd:ReadPrivateKey, PrivateKey and KeyPassword are null.",
		Rate:    10,
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			wire.SystemError(),
			wire.InvalidCSRId(),
			{Code: wire.CodeWithDetailReason, When: "a parameter is incorrect", Never: "its one parameter is right or names no CSR"},
		},
	}, (*Service).describeCSR)
}

func (s *Service) describeCSR(ctx context.Context, call *action.Call, r *describeCSRRequest) (*describeCSRResponse, error) {
	c, err := s.Store.Get(ctx, owner(call), r.CSRId)
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	if mayRead, err := s.mayReadKey(ctx, call, c); err != nil {
		return nil, err
	} else if !mayRead {
		c.PrivateKey, c.KeyPassword = nil, nil
	}
	key, err := c.Open(ctx, s.Sealer, csr.PurposePrivateKey, c.PrivateKey)
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	defer clear(key)
	password, err := c.Open(ctx, s.Sealer, csr.PurposeKeyPassword, c.KeyPassword)
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	defer clear(password)
	call.KeyRead = len(key) > 0 || len(password) > 0
	return &describeCSRResponse{
		Record:         wire.RecordOf(&c.Record),
		KeyPassword:    wire.OrNull(string(password)),
		CreateTime:     s.wireTime(c.CreateTime),
		CSR:            wire.OrNull(c.PEM),
		PrivateKey:     wire.OrNull(string(key)),
		SubjectAltName: append([]string{}, c.SubjectAltName...), // [] rather than null
	}, nil
}

// Decision: without the permission csrd:ReadPrivateKey, DescribeCSR answers with PrivateKey and KeyPassword null; a strict
// server gives them to whoever may DescribeCSR, as the cloud does.

// mayReadKey reports whether the caller may be shown the private key of a CSR.
func (s *Service) mayReadKey(ctx context.Context, call *action.Call, c *csr.CSR) (bool, error) {
	if s.Strict || c.PrivateKey == nil && c.KeyPassword == nil {
		return true, nil
	}
	return call.Allowed(ctx, wire.ReadPrivateKey(), wire.CSRs(call, c.ID)[0])
}
