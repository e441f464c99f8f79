package ssl

import (
	"context"
	"strconv"
	"time"

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
	Set   []csrItem `doc:"The page, newest first." zh:"本页内容，最新的在前。"` // as readers see it: what is sent is in rows
	action.Reply

	rows [][]byte // of Set, encoded: neighbours joined by commas
}

// AppendJSON implements [action.Appender].
func (r *describeCSRSetResponse) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"Total":`...)
	dst = strconv.AppendInt(dst, r.Total, 10)
	dst = append(dst, `,"Set":[`...)
	for i, rows := range r.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, rows...)
	}
	dst = append(dst, `],"RequestId":`...)
	dst = wire.AppendString(dst, r.RequestId)
	return append(dst, '}')
}

// MarshalJSON implements [json.Marshaler].
func (r *describeCSRSetResponse) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

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
	page := csr.Page{Offset: r.Offset, Limit: r.Limit}
	widened := whole(page)
	blocks, total, err := s.blocks(ctx, owner(call), csr.Filter{Domain: r.Domain, EncryptAlgo: r.EncryptAlgo}, widened)
	if err != nil {
		return nil, wire.Error(err, action.CodeInvalidParameterValue)
	}
	response := &describeCSRSetResponse{Total: total}
	at := widened.Offset
	for _, b := range blocks {
		from, to := max(page.Offset-at, 0), min(page.Offset+page.Limit-at, int64(len(b.ends)))
		if from < to {
			response.rows = append(response.rows, b.rows(from, to))
		}
		at += blockSize
	}
	return response, nil
}

// blocks returns the rows of a page that was widened, and how many the filter
// finds: kept ones, where they are of the present version.
func (s *Service) blocks(ctx context.Context, owner csr.Owner, filter csr.Filter, page csr.Page) ([]*block, int64, error) {
	if blocks := s.Rows.get(owner, filter, page); len(blocks) > 0 {
		version, err := s.Store.Version(ctx, owner)
		if err != nil {
			return nil, 0, err
		}
		if version == blocks[0].version {
			return blocks, blocks[0].total, nil
		}
	}
	listing, err := s.Store.List(ctx, owner, filter, page)
	if err != nil {
		return nil, 0, err
	}
	blocks := encode(listing, s.Zone)
	s.Rows.put(owner, filter, page.Offset, blocks)
	return blocks, listing.Total, nil
}

// appendItem appends a record as the csrItem that it is, with times in a zone.
// By reflection it would cost three times as much.
func appendItem(dst []byte, c *csr.Record, zone *time.Location) []byte {
	dst = append(dst, `{"Id":`...)
	dst = strconv.AppendInt(dst, c.ID, 10)
	dst = append(dst, `,"OwnerUin":"`...)
	dst = strconv.AppendInt(dst, int64(c.Owner), 10)
	dst = append(dst, `","Domain":`...)
	dst = wire.AppendString(dst, c.Domain)
	dst = append(dst, `,"Organization":`...)
	dst = wire.AppendString(dst, c.Organization)
	dst = append(dst, `,"Department":`...)
	dst = wire.AppendString(dst, c.Department)
	dst = append(dst, `,"Email":`...)
	dst = wire.AppendString(dst, c.Email)
	dst = append(dst, `,"Province":`...)
	dst = wire.AppendString(dst, c.Province)
	dst = append(dst, `,"City":`...)
	dst = wire.AppendString(dst, c.City)
	dst = append(dst, `,"Country":`...)
	dst = wire.AppendString(dst, c.Country)
	dst = append(dst, `,"EncryptAlgo":`...)
	dst = wire.AppendString(dst, c.EncryptAlgo)
	dst = append(dst, `,"KeyParameter":`...)
	dst = wire.AppendString(dst, c.KeyParameter)
	dst = append(dst, `,"Remarks":`...)
	dst = wire.AppendString(dst, c.Remark)
	dst = append(dst, `,"Status":`...)
	dst = strconv.AppendInt(dst, int64(c.Status), 10)
	dst = append(dst, `,"CreateTime":"`...)
	dst = c.CreateTime.In(zone).AppendFormat(dst, wire.TimeLayout)
	return append(dst, `"}`...)
}
