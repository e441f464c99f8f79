package inventory

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type importCSRRequest struct {
	CSR         string     `api:"required,lines" doc:"The CSR: PEM, or base64 of DER. Its own key must have signed it." zh:"CSR：PEM，或 DER 的 base64。须由其自身的密钥签名。"`
	PrivateKey  *string    `api:"secret,lines" doc:"Its private key: PEM, or base64 of DER, of PKCS#8, PKCS#1 or SEC 1; encrypted only as PKCS#8 with PBES2." zh:"其私钥：PKCS#8、PKCS#1 或 SEC 1 的 PEM，或 DER 的 base64；加密的只接受 PBES2 的 PKCS#8。"`
	KeyPassword *string    `api:"secret" doc:"Password of the private key. It opens the key if that is encrypted, and is kept with it: the key is then returned as encrypted PKCS#8. At most 128 bytes." zh:"私钥密码。私钥已加密时用它打开，并与私钥一同保存：此后私钥以加密的 PKCS#8 返回。最多 128 字节。"`
	Remark      *string    `doc:"Remarks, returned as Remarks. At most 1,000 characters." zh:"备注，返回时名为 Remarks。最多 1,000 个字符。"`
	Tags        []wire.Tag `doc:"Tags, at most 50." zh:"标签，最多 50 个。"`
}

type importCSRResponse struct {
	Id       int64   `doc:"Id of the CSR." zh:"CSR 的 ID。"`
	Existing bool    `doc:"Whether this very CSR was recorded before, under this Id." zh:"此 CSR 是否早已以该 ID 记录。"`
	KeyAdded bool    `doc:"Whether an existing record had no private key and now has the one that was sent." zh:"已有的记录是否原本没有私钥，而现已补上所提交的私钥。"`
	SameKey  []int64 `doc:"Ids of the account's other CSRs of the same key, newest first, at most 1,000." zh:"账号下使用同一密钥的其他 CSR 的 ID，最新的在前，最多 1,000 个。"`
	action.Reply
}

// Decision: the very CSR that is recorded already is not recorded again: ImportCSR answers its id, and adds the private
// key where the record has none. Other CSRs of the same key are recorded, and told.

func importCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "ImportCSR",
		Summary:   "Records a CSR that exists already, with its private key or without.",
		SummaryZh: "记录一个已有的 CSR，可带私钥，也可不带。",
		DocZh:     "记录的 Domain 取自 CN，否则取第一个 DNS 名称；其他字段取自主题，其余名称取自主题备用名称；CSR 未说明的留空。已记录的 CSR 保持原记录及其 Remark 与 Tags，只补上所缺的私钥。",
		Rate:      10,
		Writes:    true,
		Doc: "The record takes Domain from the CN or else the first DNS name, the other fields from the subject, and the names besides from the " +
			"subject alternative names; what the CSR does not say is empty. A CSR that is recorded already keeps its record, with Remark and Tags as they are; " +
			"only a private key that it lacks is added.",
		Example: action.Example{
			Parameters: `{"CSR": "-----BEGIN CERTIFICATE REQUEST-----\nMIIBajCCARACAQAwajEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTEQMA4GA1UE\nCgwHRXhhbXBsZTELMAkGA1UECwwCSVQxETAPBgNVBAcMCENoYW5nc2hhMQ4wDAYD\nVQQIDAVIdW5hbjELMAkGA1UEBhMCQ04wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\nAATajkRRBE0dedXk72il8PmpU6fPDhh30KNLK+zTfx4P2Q+YhplZr82p8ieNNM4/\nIp87RVFyPWv/o/1/KtGB8ga2oEQwQgYJKoZIhvcNAQkOMTUwMzAxBgNVHREEKjAo\nghBzaG9wLmV4YW1wbGUuY29tghR3d3cuc2hvcC5leGFtcGxlLmNvbTAKBggqhkjO\nPQQDAgNIADBFAiEA/M07epVyVKsaVRv2Lm0hz+nQbxc8bPGZ+5DYTab8CQgCIEra\n58Ug3YXA/E5/PspnbeR6upw/8hnLQ/2m2zffITy0\n-----END CERTIFICATE REQUEST-----\n", "Remark": "from the old server", "Tags": [{"TagKey": "team", "TagValue": "web"}]}`,
			Response:   `{"Id": 8, "Existing": false, "KeyAdded": false, "SameKey": [], "RequestId": "00000000-0000-4000-8000-000000000037"}`,
		},
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			wire.SystemError(),
			{Code: wire.CodeWithDetailReason, When: "the CSR cannot be read or verified, the private key cannot be read or is not its own, or a parameter breaks a rule; the message names field and rule", WhenZh: "CSR 无法读取或验证，私钥无法读取或与其不符，或参数违反规则；消息指明字段与规则"},
		},
	}, (*Service).importCSR)
}

// maxSameKey is how many other CSRs of one key are told.
const maxSameKey = 1000

func (s *Service) importCSR(ctx context.Context, call *action.Call, r *importCSRRequest) (*importCSRResponse, error) {
	response, err := s.importRequest(ctx, call, r)
	if err != nil {
		return nil, wire.Error(err, wire.CodeWithDetailReason)
	}
	call.Resources = wire.CSRs(call, response.Id)
	return response, nil
}

func (s *Service) importRequest(ctx context.Context, call *action.Call, r *importCSRRequest) (*importCSRResponse, error) {
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
	}
	request, key, err := s.read(ctx, r, password)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	c := &csr.CSR{
		Record: csr.Record{Owner: owner(call), Details: request.Details, Status: csr.Generated, CreateTime: call.Now},
		PEM:    request.PEM, SPKI: request.SPKI,
	}

	for {
		response, err := s.record(ctx, c, key, password)
		if errors.Is(err, csr.ErrRecorded) || errors.Is(err, csr.ErrHasKey) || errors.Is(err, csr.ErrNotFound) {
			continue // another request recorded it, gave it its key or deleted it meanwhile: look again
		}
		return response, err
	}
}

// record adds a CSR to the store, or its key to the record that has it already.
func (s *Service) record(ctx context.Context, c *csr.CSR, key csr.Plain, password csr.Secret) (*importCSRResponse, error) {
	response := &importCSRResponse{SameKey: []int64{}} // [] rather than null
	id, hasKey, err := s.Store.FindPEM(ctx, c.Owner, c.SPKI, c.PEM)
	switch {
	case err == nil:
		response.Id, response.Existing, response.KeyAdded = id, true, len(key) > 0 && !hasKey
	case !errors.Is(err, csr.ErrNotFound):
		return nil, err
	}
	ids, err := s.Store.FindBySPKI(ctx, c.Owner, c.SPKI, maxSameKey+1)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if id != response.Id && len(response.SameKey) < maxSameKey {
			response.SameKey = append(response.SameKey, id)
		}
	}
	switch {
	case response.KeyAdded:
		c.ID = response.Id
		if err := s.seal(ctx, c, key, password); err != nil {
			return nil, err
		}
		return response, s.Store.AddKey(ctx, c.Owner, c.ID, c.PrivateKey, c.KeyPassword)
	case response.Existing:
		return response, nil
	}
	if c.ID, err = s.Store.NewID(ctx); err != nil {
		return nil, err
	}
	if err := s.seal(ctx, c, key, password); err != nil {
		return nil, err
	}
	response.Id = c.ID
	return response, s.Store.CreateOnce(ctx, c)
}

// read reads and checks all that a request brings. The caller overwrites the key.
func (s *Service) read(ctx context.Context, r *importCSRRequest, password csr.Secret) (*csr.Request, csr.Plain, error) {
	request, err := csr.ReadRequest([]byte(r.CSR))
	if err != nil {
		return nil, nil, err
	}
	if r.Remark != nil {
		request.Remark = *r.Remark
	}
	request.Tags = wire.Tags(r.Tags)
	if err := request.CheckImport(password); err != nil {
		return nil, nil, err
	}
	if r.PrivateKey == nil || *r.PrivateKey == "" {
		if password != "" {
			return nil, nil, &csr.InvalidError{Problems: []csr.Problem{{Field: "KeyPassword", Reason: csr.Reason{
				En: "is given without a PrivateKey", Zh: "须与 PrivateKey 一起给出",
			}}}}
		}
		return request, nil, nil
	}
	content := csr.Plain(*r.PrivateKey)
	defer clear(content)
	var key csr.Plain
	err = s.Generator.Bounded(ctx, func() (err error) {
		key, err = request.ReadKey(content, password)
		return err
	})
	return request, key, err
}

// seal seals the key and its password for the row of the CSR, whose id is set.
func (s *Service) seal(ctx context.Context, c *csr.CSR, key csr.Plain, password csr.Secret) (err error) {
	if c.PrivateKey, err = c.Seal(ctx, s.Sealer, csr.PurposePrivateKey, key); err != nil {
		return err
	}
	return c.SealPassword(ctx, s.Sealer, password)
}
