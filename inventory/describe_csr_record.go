package inventory

import (
	"context"
	"encoding/hex"

	"csrd/action"
	"csrd/internal/wire"
)

type describeCSRRecordRequest struct {
	CSRId int64 `api:"required" doc:"Id of the CSR."`
}

// Resources is asked by policies.
func (r *describeCSRRecordRequest) Resources(call *action.Call) []string {
	return wire.CSRs(call, r.CSRId)
}

type describeCSRRecordResponse struct {
	wire.Record
	CreateTime     string     `doc:"When it was created, as in 2023-08-25 09:48:47."`
	CSR            *string    `doc:"The CSR as PEM; null for a draft."`
	SubjectAltName []string   `doc:"Subject alternative names besides the domain, as they were sent."`
	Tags           []wire.Tag `doc:"Tags."`
	SPKISHA256     string     `doc:"SHA-256 of the SubjectPublicKeyInfo, in hexadecimal; empty for a draft."`
	HasPrivateKey  bool       `doc:"Whether there is a private key, which DescribeCSR shows."`
	HasKeyPassword bool       `doc:"Whether there is a password of the private key, which DescribeCSR shows."`
	action.Reply
}

// Decision: DescribeCSR opens the private key whenever the caller may see it, and that goes on record as a key read. So that
// a CSR can be looked at without it, csrd's own product has DescribeCSRRecord, which says only whether there is one.

func describeCSRRecord() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "DescribeCSRRecord",
		Summary: "Shows a CSR without its private key.",
		Doc:     "Nothing sealed is opened for it, whatever the caller may do.",
		Rate:    10,
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			wire.SystemError(),
			wire.InvalidCSRId(),
		},
	}, (*Service).describeCSRRecord)
}

func (s *Service) describeCSRRecord(ctx context.Context, call *action.Call, r *describeCSRRecordRequest) (*describeCSRRecordResponse, error) {
	c, err := s.Store.Get(ctx, owner(call), r.CSRId)
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	return &describeCSRRecordResponse{
		Record:         wire.RecordOf(&c.Record),
		CreateTime:     wire.Time(c.CreateTime, s.Zone),
		CSR:            wire.OrNull(c.PEM),
		SubjectAltName: append([]string{}, c.SubjectAltName...), // [] rather than null
		Tags:           wire.TagsOf(c.Tags),
		SPKISHA256:     hex.EncodeToString(c.SPKI),
		HasPrivateKey:  c.PrivateKey != nil,
		HasKeyPassword: c.KeyPassword != nil,
	}, nil
}
