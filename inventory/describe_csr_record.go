package inventory

import (
	"context"
	"encoding/hex"

	"csrd/action"
	"csrd/internal/wire"
)

type describeCSRRecordRequest struct {
	CSRId int64 `api:"required" doc:"Id of the CSR." zh:"CSR 的 ID。"`
}

// Resources is asked by policies.
func (r *describeCSRRecordRequest) Resources(call *action.Call) []string {
	return wire.CSRs(call, r.CSRId)
}

type describeCSRRecordResponse struct {
	wire.Record
	CreateTime     string     `doc:"When it was created, as in 2023-08-25 09:48:47." zh:"创建时间，如 2023-08-25 09:48:47。"`
	CSR            *string    `api:"lines" doc:"The CSR as PEM; null for a draft." zh:"PEM 格式的 CSR；草稿为 null。"`
	SubjectAltName []string   `doc:"Subject alternative names besides the domain, as they were sent." zh:"域名以外的主题备用名称，与提交时一致。"`
	Tags           []wire.Tag `doc:"Tags." zh:"标签。"`
	SPKISHA256     string     `doc:"SHA-256 of the SubjectPublicKeyInfo, in hexadecimal; empty for a draft." zh:"SubjectPublicKeyInfo 的 SHA-256，十六进制；草稿则为空。"`
	HasPrivateKey  bool       `doc:"Whether there is a private key, which DescribeCSR shows." zh:"是否有私钥；私钥由 DescribeCSR 显示。"`
	HasKeyPassword bool       `doc:"Whether there is a password of the private key, which DescribeCSR shows." zh:"是否有私钥密码；密码由 DescribeCSR 显示。"`
	action.Reply
}

// Decision: DescribeCSR opens the private key whenever the caller may see it, and that goes on record as a key read. So that
// a CSR can be looked at without it, csrd's own product has DescribeCSRRecord, which says only whether there is one.

func describeCSRRecord() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "DescribeCSRRecord",
		Summary:   "Shows a CSR without its private key.",
		Doc:       "Nothing sealed is opened for it, whatever the caller may do.",
		Rate:      10,
		SummaryZh: "查看一个 CSR，不含私钥。",
		DocZh:     "无论调用者权限如何，均不会为此打开任何密封的内容。",
		Example: action.Example{
			Parameters: `{"CSRId": 2}`,
			Response:   `{"Id": 2, "OwnerUin": "16373784", "Domain": "zz.example.com", "Organization": "云知", "Department": "IT", "Email": "pki@example.com", "Province": "Hunan", "City": "Changsha", "Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Remarks": "", "Status": 1, "CreateTime": "2026-11-24 01:44:02", "CSR": "<PEM CERTIFICATE REQUEST>", "SubjectAltName": ["a.example.com", "192.0.2.1"], "Tags": [], "SPKISHA256": "<SHA-256>", "HasPrivateKey": true, "HasKeyPassword": false, "RequestId": "00000000-0000-4000-8000-000000000004"}`,
		},
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
