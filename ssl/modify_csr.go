package ssl

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// Decision: in ModifyCSR an empty text for a field of the subject is InvalidParameter.WithDetailReason; an empty Remark or
// KeyPassword removes it, an empty SubjectAltName removes all.

type modifyCSRRequest struct {
	CSRId    int64 `api:"required" doc:"Id of the CSR." zh:"CSR 的 ID。"`
	Generate bool  `api:"required" doc:"true makes the key and the CSR now, and the record can no longer be modified; false leaves it a draft." zh:"true 立即生成密钥与 CSR，此后记录不能再修改；false 保留为草稿。"`
	subjectFields
	optionalFields
}

// Resources is asked by policies.
func (r *modifyCSRRequest) Resources(call *action.Call) []string { return wire.CSRs(call, r.CSRId) }

type modifyCSRResponse struct {
	Id int64 `doc:"Id of the CSR." zh:"CSR 的 ID。"`
	action.Reply
}

func modifyCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "ModifyCSR",
		Summary:   "Changes the draft of a CSR, or generates it.",
		SummaryZh: "修改 CSR 的草稿，或将其生成。",
		DocZh:     "未给出的参数保持不变。空的 Remark 或 KeyPassword 表示移除，空的 SubjectAltName 列表表示全部移除；其他字段不能置空。已生成的 CSR 不能修改。",
		Rate:      10,
		Writes:    true,
		Doc: "What is absent stays as it is. An empty Remark or KeyPassword removes it, and an empty list of SubjectAltName removes all; " +
			"the other fields cannot be emptied. A generated CSR cannot be modified.",
		Example: action.Example{
			Parameters: `{"CSRId":1,"Generate":false,"City":"深圳"}`,
			Response:   `{"Id": 1, "RequestId": "00000000-0000-4000-8000-000000000005"}`,
		},
		Outcomes: []action.Outcome{
			wire.Unauthorized(),
			{Code: wire.CodeFailedOperation, When: "the CSR is generated already, or others keep modifying it", WhenZh: "CSR 已生成，或一直被其他请求修改"},
			{Code: wire.CodeNetworkError, When: "the CA's system is busy", Never: "csrd asks no CA"},
			wire.UnlistedSystemError(),
			wire.InvalidCSRId(),
			{Code: wire.CodeWithDetailReason, When: "a parameter breaks a rule; the message names field, value and rule", WhenZh: "参数违反规则；消息指明字段、取值与规则"},
		},
	}, (*Service).modifyCSR)
}

// Decision: a generated CSR is modified no more, FailedOperation; so is a draft that others change five times meanwhile.

// modifyTries is how often a modification starts over when others change the
// same draft meanwhile.
const modifyTries = 5

func (s *Service) modifyCSR(ctx context.Context, call *action.Call, r *modifyCSRRequest) (*modifyCSRResponse, error) {
	err := csr.ErrConflict
	for try := 0; try < modifyTries && errors.Is(err, csr.ErrConflict); try++ {
		err = s.modify(ctx, owner(call), r)
	}
	if err != nil {
		return nil, wire.ErrorOf(r.CSRId, err, wire.CodeWithDetailReason)
	}
	return &modifyCSRResponse{Id: r.CSRId}, nil
}

func (s *Service) modify(ctx context.Context, owner csr.Owner, r *modifyCSRRequest) error {
	c, err := s.Store.Get(ctx, owner, r.CSRId)
	if err != nil {
		return err
	}
	if c.Status == csr.Generated {
		return csr.ErrGenerated
	}
	r.subjectFields.applyTo(&c.Details)
	r.optionalFields.applyTo(&c.Details)
	var password csr.Secret
	if r.KeyPassword != nil {
		password = csr.Secret(*r.KeyPassword)
		if err := c.SealPassword(ctx, s.Sealer, password); err != nil {
			return err
		}
	} else {
		plain, err := c.Open(ctx, s.Sealer, csr.PurposeKeyPassword, c.KeyPassword)
		if err != nil {
			return err
		}
		defer clear(plain)
		password = csr.Secret(plain)
	}
	if err := s.complete(ctx, c, statusOf(r.Generate), password); err != nil {
		return err
	}
	return s.Store.Update(ctx, c)
}
