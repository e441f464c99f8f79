package ssl

import (
	"context"

	"csrd/action"
	"csrd/internal/wire"
)

// Decision: CSRIds empty or absent is MissingParameter, more than 100 InvalidParameterValue; one given twice counts once,
// and Success keeps the order of the request.

type batchDeleteCSRRequest struct {
	CSRIds []int64 `api:"required,max=100" doc:"Ids of the CSRs, at most 100. One given twice counts once." zh:"CSR 的 ID，最多 100 个；重复的只计一次。"`
}

// Resources is asked by policies: all ids are decided before one is deleted.
func (r *batchDeleteCSRRequest) Resources(call *action.Call) []string {
	return wire.CSRs(call, r.CSRIds...)
}

type batchDeleteCSRResponse struct {
	Success []int64 `doc:"The ids deleted now, in the order asked. An id that the account does not have is not among them." zh:"此次删除的 ID，按请求的顺序；账号没有的 ID 不在其中。"`
	action.Reply
}

func batchDeleteCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "BatchDeleteCSR",
		Summary:   "Deletes CSRs with their private keys.",
		SummaryZh: "删除 CSR 及其私钥。",
		Rate:      10,
		Writes:    true,
		Example: action.Example{
			Parameters: `{"CSRIds":[11,22,33]}`,
			Response:   `{"Success": [22, 33], "RequestId": "00000000-0000-4000-8000-000000000035"}`,
		},
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the operation failed", Never: "whatever fails has one of the other codes"},
			wire.UnlistedSystemError(),
			{Code: action.CodeInvalidParameter, When: "an id is not an integer", WhenZh: "某个 ID 不是整数"},
			{Code: wire.CodeInvalidCSRId, When: "an id is wrong", Never: "an id that is not there is left out of Success"},
			{Code: wire.CodeWithDetailReason, When: "a parameter is incorrect", Never: "the other codes say so"},
			{Code: action.CodeInvalidParameterValue, When: "there are more than 100 ids", WhenZh: "ID 超过 100 个"},
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
