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

type describeCSRResponse struct {
	recordFields
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
		Rate:    10,
		Outcomes: []action.Outcome{
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
	return &describeCSRResponse{
		recordFields:   recordOf(&c.Record),
		KeyPassword:    orNull(string(password)),
		CreateTime:     s.wireTime(c.CreateTime),
		CSR:            orNull(c.PEM),
		PrivateKey:     orNull(string(key)),
		SubjectAltName: append([]string{}, c.SubjectAltName...), // [] rather than null
	}, nil
}

// orNull returns nil, null on the wire, for the empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
