// Package wire is what the products share between the API and the domain: the
// error codes and the one mapping to them.
package wire

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
)

// The codes of the actions besides the common ones, as the pages of ssl list them.
const (
	CodeFailedOperation   action.Code = "FailedOperation"
	CodeCAMAuthorizedFail action.Code = "FailedOperation.CAMAuthorizedFail"
	CodeInvalidParam      action.Code = "FailedOperation.InvalidParam"
	CodeNetworkError      action.Code = "FailedOperation.NetworkError"
	CodeSystemError       action.Code = "FailedOperation.SystemError"
	CodeInvalidCSRId      action.Code = "InvalidParameter.InvalidCSRId"
	CodeWithDetailReason  action.Code = "InvalidParameter.WithDetailReason"
)

// InvalidCSRId is the outcome of an action on one CSR.
func InvalidCSRId() action.Outcome {
	return action.Outcome{Code: CodeInvalidCSRId, When: "the account has no CSR with this id", WhenZh: "账号没有该 ID 的 CSR"}
}

// SystemError is the outcome of every action that asks the store.
func SystemError() action.Outcome {
	return action.Outcome{Code: CodeSystemError, When: "the store or the master key cannot be reached, the disk is full, or the time was up; nothing was changed", WhenZh: "无法访问存储或主密钥，磁盘已满，或超时；未作任何更改"}
}

// UnlistedSystemError is SystemError where the page of the action does not list it.
func UnlistedSystemError() action.Outcome {
	outcome := SystemError()
	outcome.When += " (not on the action's page)"
	outcome.WhenZh += "（接口文档未列出）"
	return outcome
}

// Unauthorized is the outcome of every action, where policies are asked.
func Unauthorized() action.Outcome {
	return action.Outcome{Code: action.CodeUnauthorizedOperation, When: "the policies of the user, or of its temporary credential, do not allow it; or the server is read-only", WhenZh: "用户的策略或其临时凭证的策略不允许，或服务器处于只读状态"}
}

// CAMAuthorizedFail is the outcome of every action, where policies are asked.
func CAMAuthorizedFail() action.Outcome {
	return action.Outcome{Code: CodeCAMAuthorizedFail, When: "whether the user may do this cannot be told now: the policies cannot be read; nothing was done", WhenZh: "策略无法读取，暂不能确定用户是否有权限；未执行任何操作"}
}

// Decision: a store that fails is FailedOperation.SystemError in every action, also where its page does not list it.

// Error maps an error of the domain to the API's. invalid is the code that
// the action's page has for details that break a rule. What it does not know
// it returns as it is.
func Error(err error, invalid action.Code) error {
	var rules *csr.InvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &rules):
		text := rules.Text()
		return action.Fail(invalid, action.Text{En: text.En + ".", Zh: text.Zh + "。"}).Because(err)
	case errors.Is(err, csr.ErrGenerated):
		return action.Fail(CodeFailedOperation, action.Text{
			En: "The CSR is generated and can no longer be modified.",
			Zh: "CSR 已生成，不能再修改。",
		}).Because(err)
	case errors.Is(err, csr.ErrConflict):
		return action.Fail(CodeFailedOperation, action.Text{
			En: "The CSR is being modified by another request. Please try again.",
			Zh: "CSR 正被其他请求修改，请重试。",
		}).Because(err)
	case errors.Is(err, csr.ErrBusy):
		return action.Fail(action.CodeServiceUnavailable, action.Text{
			En: "The server is busy making other keys and nothing was changed. Please try again later.",
			Zh: "服务器正忙于生成其他密钥，未作任何更改，请稍后重试。",
		}).Because(err)
	case errors.Is(err, csr.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return action.Fail(CodeSystemError, action.Text{
			En: "A system error occurred and nothing was changed. Please try again later.",
			Zh: "系统错误，未作任何更改，请稍后重试。",
		}).Because(err).AsFault()
	}
	return err
}

// ErrorOf is [Error] of an action on the CSR that CSRId names.
func ErrorOf(id int64, err error, invalid action.Code) error {
	if errors.Is(err, csr.ErrNotFound) {
		return action.Fail(CodeInvalidCSRId, action.Text{
			En: "The CSR `%d` specified in the parameter `CSRId` does not exist.",
			Zh: "参数 `CSRId` 指定的 CSR `%d` 不存在。",
		}, id).Because(err)
	}
	return Error(err, invalid)
}
