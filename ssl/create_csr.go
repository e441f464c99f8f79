package ssl

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type createCSRRequest struct {
	subjectFields `api:"required"`
	Generate      bool `api:"required" doc:"true makes the key and the CSR now, and the record can no longer be modified; false saves a draft." zh:"true 立即生成密钥与 CSR，此后记录不能再修改；false 保存为草稿。"`
	optionalFields
	Tags []wire.Tag `doc:"Tags, at most 50." zh:"标签，最多 50 个。"`
}

type createCSRResponse struct {
	Id int64 `doc:"Id of the new CSR." zh:"新 CSR 的 ID。"`
	action.Reply
}

func createCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "CreateCSR",
		Summary:   "Creates a CSR with its private key, or saves a draft of one.",
		SummaryZh: "创建 CSR 及其私钥，或保存其草稿。",
		Rate:      10,
		Writes:    true,
		Example: action.Example{
			Parameters: `{"Domain": "www.example.com", "Organization": "Example", "Department": "IT", "Email": "pki@example.com", "Province": "Hunan", "City": "Changsha", "Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": true}`,
			Response:   `{"Id": 2, "RequestId": "00000000-0000-4000-8000-000000000003"}`,
		},
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the operation failed", Never: "whatever fails has one of the codes below"},
			wire.CAMAuthorizedFail(),
			{Code: wire.CodeInvalidParam, When: "a parameter breaks a rule; the message names field, value and rule", WhenZh: "参数违反规则；消息指明字段、取值与规则"},
			wire.SystemError(),
		},
	}, (*Service).createCSR)
}

func (s *Service) createCSR(ctx context.Context, call *action.Call, r *createCSRRequest) (*createCSRResponse, error) {
	c := &csr.CSR{Record: csr.Record{Owner: owner(call), CreateTime: call.Now}}
	r.subjectFields.applyTo(&c.Details)
	r.optionalFields.applyTo(&c.Details)
	c.Tags = wire.Tags(r.Tags)
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
	}
	if err := s.create(ctx, c, statusOf(r.Generate), password); err != nil {
		return nil, wire.Error(err, wire.CodeInvalidParam)
	}
	return &createCSRResponse{Id: c.ID}, nil
}

// create checks before it takes an id: the secrets are sealed for their id.
func (s *Service) create(ctx context.Context, c *csr.CSR, become csr.Status, password csr.Secret) (err error) {
	if err := s.Generator.Check(&c.Details, become, password); err != nil {
		return err
	}
	if c.ID, err = s.Store.NewID(ctx); err != nil {
		return err
	}
	if err := c.SealPassword(ctx, s.Sealer, password); err != nil {
		return err
	}
	if err := s.complete(ctx, c, become, password); err != nil {
		return err
	}
	return s.Store.Create(ctx, c)
}
