package inventory

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type inspectCSRRequest struct {
	Content string `api:"required,secret" doc:"CSRs, certificates or keys: PEM, one block or more, or base64 of DER. At most 256 KB. It may hold a private key: it is neither kept nor shown."`
}

type inspectCSRResponse struct {
	Items []csr.Inspected `doc:"What was found, in order."`
	action.Reply
}

func inspectCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:     "InspectCSR",
		Summary:  "Decodes, verifies and checks CSRs, certificates and keys.",
		Rate:     10,
		Frequent: true,
		Doc: "Nothing is kept. What cannot be read is no error of the action: it is of the kind Unknown, with a finding that says why. " +
			"An encrypted private key is described and not opened.",
		Outcomes: []action.Outcome{wire.Unauthorized()},
	}, (*Service).inspectCSR)
}

func (s *Service) inspectCSR(ctx context.Context, call *action.Call, r *inspectCSRRequest) (*inspectCSRResponse, error) {
	content := csr.Plain(r.Content)
	defer clear(content)
	var items []csr.Inspected
	err := s.Generator.Bounded(ctx, func() error {
		items = csr.Inspect(content, "", call.Now)
		return nil
	})
	if err != nil {
		return nil, wire.Error(err, wire.CodeWithDetailReason)
	}
	return &inspectCSRResponse{Items: items}, nil
}
