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
	Limit       int64  `api:"default=10,min=0,max=100" doc:"Page size. 0 answers Total alone."`
	Offset      int64  `api:"default=0,min=0" doc:"How many of the newest to pass over."`
	Domain      string `doc:"Only CSRs of this domain: the whole name, in any case, an IDN in either form."`
	EncryptAlgo string `doc:"Only CSRs with this kind of key, as RSA or ECC."`
}

// Resources is asked by policies: the list is shown whole or refused.
func (r *describeCSRSetRequest) Resources(call *action.Call) []string { return wire.CSRList(call) }

type describeCSRSetResponse struct {
	Total int64     `doc:"How many CSRs there are in all, whatever the page."`
	Set   []csrItem `doc:"The page, newest first."` // as readers see it: what is sent is in rows
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
	recordFields
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
	page := csr.Page{Offset: r.Offset, Limit: r.Limit}
	blocks, total, err := s.blocks(ctx, owner(call), csr.Filter{Domain: r.Domain, EncryptAlgo: r.EncryptAlgo}, whole(page))
	if err != nil {
		return nil, wire.Error(err, action.CodeInvalidParameterValue)
	}
	response := &describeCSRSetResponse{Total: total}
	at := whole(page).Offset
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
	dst = c.CreateTime.In(zone).AppendFormat(dst, timeLayout)
	return append(dst, `"}`...)
}
