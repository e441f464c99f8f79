package ssl

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type describeCSRRequest struct {
	CSRId int64 `api:"required" doc:"Id of the CSR." zh:"CSR 的 ID。"`
}

// Resources is asked by policies.
func (r *describeCSRRequest) Resources(call *action.Call) []string { return wire.CSRs(call, r.CSRId) }

type describeCSRResponse struct {
	wire.Record
	KeyPassword    *string  `api:"secret" doc:"Password of the private key; null where there is none." zh:"私钥密码；没有则为 null。"`
	CreateTime     string   `doc:"When it was created, as in 2023-08-25 09:48:47." zh:"创建时间，如 2023-08-25 09:48:47。"`
	CSR            *string  `api:"lines" doc:"The CSR as PEM; null for a draft." zh:"PEM 格式的 CSR；草稿为 null。"`
	PrivateKey     *string  `api:"secret,lines" doc:"The private key as PEM of PKCS#8, encrypted where there is a KeyPassword; null for a draft, and for an imported CSR without its key." zh:"PKCS#8 的 PEM 格式私钥，有 KeyPassword 时已加密；草稿及未带私钥导入的 CSR 为 null。"`
	SubjectAltName []string `doc:"Subject alternative names besides the domain, as they were sent." zh:"域名以外的主题备用名称，与提交时一致。"`
	action.Reply
}

func describeCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "DescribeCSR",
		Summary:   "Shows a CSR with its private key.",
		Doc:       "Without the permission csrd:ReadPrivateKey, PrivateKey and KeyPassword are null.",
		SummaryZh: "查看一个 CSR 及其私钥。",
		DocZh:     "没有 csrd:ReadPrivateKey 权限时，PrivateKey 与 KeyPassword 为 null。",
		Rate:      10,
		Example: action.Example{
			Parameters: `{"CSRId":2}`,
			Response:   `{"Id": 2, "OwnerUin": "16373784", "Domain": "zz.Hathlim.cn", "Organization": "yunzhi", "Department": "Light", "Email": "171008474@qq.com", "Province": "Hunan", "City": "changsha", "Country": "CN", "EncryptAlgo": "RSA", "KeyParameter": "2048", "Remarks": "", "Status": 1, "KeyPassword": "123abcccaa", "CreateTime": "2023-08-25 09:44:02", "CSR": "<PEM CERTIFICATE REQUEST>", "PrivateKey": "<PEM ENCRYPTED PRIVATE KEY>", "SubjectAltName": ["a.hathlim.cn"], "RequestId": "00000000-0000-4000-8000-000000000004"}`,
		},
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
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
	if mayRead, err := s.mayReadKey(ctx, call, c); err != nil {
		return nil, err
	} else if !mayRead {
		c.PrivateKey, c.KeyPassword = nil, nil
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
	call.KeyRead = len(key) > 0 || len(password) > 0
	return &describeCSRResponse{
		Record:         wire.RecordOf(&c.Record),
		KeyPassword:    wire.OrNull(string(password)),
		CreateTime:     s.wireTime(c.CreateTime),
		CSR:            wire.OrNull(c.PEM),
		PrivateKey:     wire.OrNull(string(key)),
		SubjectAltName: append([]string{}, c.SubjectAltName...), // [] rather than null
	}, nil
}

// Decision: without the permission csrd:ReadPrivateKey, DescribeCSR answers with PrivateKey and KeyPassword null; a strict
// server gives them to whoever may DescribeCSR, as the cloud does.

// mayReadKey reports whether the caller may be shown the private key of a CSR.
func (s *Service) mayReadKey(ctx context.Context, call *action.Call, c *csr.CSR) (bool, error) {
	if s.Strict || c.PrivateKey == nil && c.KeyPassword == nil {
		return true, nil
	}
	return call.Allowed(ctx, wire.ReadPrivateKey(), wire.CSRs(call, c.ID)[0])
}
