package ssl

import (
	"context"

	"csrd/action"
	"csrd/internal/wire"
)

// Decision: CSRIds empty or absent is MissingParameter, more than 100 InvalidParameterValue; one given twice counts once,
// and Success keeps the order of the request.

type batchDeleteCSRRequest struct {
	CSRIds []int64 `api:"required,max=100" doc:"Ids of the CSRs, at most 100. One given twice counts once."`
}

// Resources is asked by policies: all ids are decided before one is deleted.
func (r *batchDeleteCSRRequest) Resources(call *action.Call) []string {
	return wire.CSRs(call, r.CSRIds...)
}

type batchDeleteCSRResponse struct {
	Success []int64 `doc:"The ids deleted now, in the order asked. An id that the account does not have is not among them."`
	action.Reply
}

func batchDeleteCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:    "BatchDeleteCSR",
		Summary: "Deletes CSRs with their private keys.",
		Rate:    10,
		Writes:  true,
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the operation failed", Never: "whatever fails has one of the other codes"},
			wire.UnlistedSystemError(),
			{Code: action.CodeInvalidParameter, When: "an id is not an integer"},
			{Code: wire.CodeInvalidCSRId, When: "an id is wrong", Never: "an id that is not there is left out of Success"},
			{Code: wire.CodeWithDetailReason, When: "a parameter is incorrect", Never: "the other codes say so"},
			{Code: action.CodeInvalidParameterValue, When: "there are more than 100 ids"},
		},
	}, (*Service).batchDeleteCSR)
}

func (s *Service) batchDeleteCSR(ctx context.Context, call *action.Call, r *batchDeleteCSRRequest) (*batchDeleteCSRResponse, error) {
	var ids []int64
	seen := map[int64]bool{}
	for _, id := range r.CSRIds {
		if !seen[id] {
			ids = append(ids, id)
		}
		seen[id] = true
	}
	deleted, err := s.Store.Delete(ctx, owner(call), ids, call.Now, s.RetainDeleted)
	if err != nil {
		return nil, wire.Error(err, action.CodeInvalidParameterValue)
	}
	return &batchDeleteCSRResponse{Success: append([]int64{}, deleted...)}, nil // [] rather than null
}
