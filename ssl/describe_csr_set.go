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
	Limit       int64  `api:"default=10,min=0,max=100" doc:"Page size. 0 answers Total alone." zh:"每页数量。0 表示只返回 Total。"`
	Offset      int64  `api:"default=0,min=0" doc:"How many of the newest to pass over." zh:"跳过最新的多少条。"`
	Domain      string `doc:"Only CSRs of this domain: the whole name, in any case, an IDN in either form." zh:"只列出该域名的 CSR：须为完整域名，不区分大小写，国际化域名两种写法均可。"`
	EncryptAlgo string `eg:"RSA|ECC" doc:"Only CSRs with this kind of key, as RSA or ECC." zh:"只列出该类密钥的 CSR，如 RSA 或 ECC。"`
}

// Resources is asked by policies: the list is shown whole or refused.
func (r *describeCSRSetRequest) Resources(call *action.Call) []string { return wire.CSRList(call) }

type describeCSRSetResponse struct {
	Total int64     `doc:"How many CSRs there are in all, whatever the page." zh:"CSR 的总数，与分页无关。"`
	Set   []csrItem `doc:"The page, newest first." zh:"本页内容，最新的在前。"`
	action.Reply
}

type csrItem struct {
	wire.Record
	CreateTime string `doc:"When it was created, as in 2023-08-25 09:48:47." zh:"创建时间，如 2023-08-25 09:48:47。"`
}

func describeCSRSet() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "DescribeCSRSet",
		Summary:   "Lists the CSRs of the account, newest first, with their exact number.",
		SummaryZh: "列出账号的 CSR，最新的在前，并给出准确总数。",
		Rate:      10,
		Frequent:  true,
		Example: action.Example{
			Parameters: `{"Limit":2,"Offset":0}`,
			Response:   `{"Total": 5, "Set": [{"Id": 5, "OwnerUin": "16373784", "Domain": "zz.Hathlim.cn", "Organization": "yunzhi", "Department": "Light", "Email": "171008474@qq.com", "Province": "Hunan", "City": "changsha", "Country": "CN", "EncryptAlgo": "RSA", "KeyParameter": "2048", "Remarks": "", "Status": 1, "CreateTime": "2023-08-25 09:44:04"}, {"Id": 4, "OwnerUin": "16373784", "Domain": "zz.Hathlim.cn", "Organization": "yunzhi", "Department": "Light", "Email": "171008474@qq.com", "Province": "Hunan", "City": "changsha", "Country": "CN", "EncryptAlgo": "RSA", "KeyParameter": "2048", "Remarks": "", "Status": 0, "CreateTime": "2023-08-25 09:44:03"}], "RequestId": "00000000-0000-4000-8000-000000000006"}`,
		},
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
