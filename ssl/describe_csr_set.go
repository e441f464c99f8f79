package ssl

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// Decision: a Limit above 100 or negative, and a negative Offset, are InvalidParameterValue; Limit 0 answers the Total
// with an empty Set; past the end the Set is empty and the Total true.

type describeCSRSetRequest struct {
	Limit       int64  `api:"default=10,min=0,max=100" doc:"Page size. 0 answers Total alone."`
	Offset      int64  `api:"default=0,min=0" doc:"How many of the newest to pass over."`
	Domain      string `doc:"Only CSRs of this domain: the whole name, in any case, an IDN in either form."`
	EncryptAlgo string `doc:"Only CSRs with this kind of key, as RSA or ECC."`
}

// Resources is asked by policies: the list is shown whole or refused.
func (r *describeCSRSetRequest) Resources(call *action.Call) []string { return wire.CSRList(call) }

type describeCSRSetResponse struct {
	Total int64     `doc:"How many CSRs there are in all, whatever the page."`
	Set   []csrItem `doc:"The page, newest first."`
	action.Reply
}

type csrItem struct {
	wire.Record
	CreateTime string `doc:"When it was created, as in 2023-08-25 09:48:47."`
}

func describeCSRSet() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:     "DescribeCSRSet",
		Summary:  "Lists the CSRs of the account, newest first, with their exact number.",
		Rate:     10,
		Frequent: true,
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			wire.CAMAuthorizedFail(),
			wire.SystemError(),
		},
	}, (*Service).describeCSRSet)
}

func (s *Service) describeCSRSet(ctx context.Context, call *action.Call, r *describeCSRSetRequest) (*describeCSRSetResponse, error) {
	records, total, err := s.Store.List(ctx, owner(call),
		csr.Filter{Domain: r.Domain, EncryptAlgo: r.EncryptAlgo}, csr.Page{Offset: r.Offset, Limit: r.Limit})
	if err != nil {
		return nil, wire.Error(err, action.CodeInvalidParameterValue)
	}
	items := make([]csrItem, len(records))
	for i := range records {
		items[i] = csrItem{wire.RecordOf(&records[i]), s.wireTime(records[i].CreateTime)}
	}
	return &describeCSRSetResponse{Total: total, Set: items}, nil
}
