package ssl

import (
	"context"
	"errors"

	"csrd/action"
	"csrd/csr"
)

// The codes of this product, as the pages of its actions list them.
const (
	codeFailedOperation   action.Code = "FailedOperation"
	codeCAMAuthorizedFail action.Code = "FailedOperation.CAMAuthorizedFail"
	codeInvalidParam      action.Code = "FailedOperation.InvalidParam"
	codeNetworkError      action.Code = "FailedOperation.NetworkError"
	codeSystemError       action.Code = "FailedOperation.SystemError"
	codeInvalidCSRId      action.Code = "InvalidParameter.InvalidCSRId"
	codeWithDetailReason  action.Code = "InvalidParameter.WithDetailReason"
)

// Outcomes that several actions share.
func invalidCSRId() action.Outcome {
	return action.Outcome{Code: codeInvalidCSRId, When: "the account has no CSR with this id"}
}

func systemError() action.Outcome {
	return action.Outcome{Code: codeSystemError, When: "the store or the master key cannot be reached, the disk is full, or the time was up; nothing was changed"}
}

func camAuthorizedFail() action.Outcome {
	return action.Outcome{Code: codeCAMAuthorizedFail, When: "whether the caller may do this cannot be told", Never: "there are no policies to decide by: a key may do everything in its account"}
}

// Decision: a store that fails is FailedOperation.SystemError in every action, also where its page does not list it.

// wireError maps an error of the domain to the API's. invalid is the code that
// the action's page has for details that break a rule. What it does not know
// it returns as it is.
func wireError(err error, invalid action.Code) error {
	var rules *csr.InvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &rules):
		text := rules.Text()
		return action.Fail(invalid, action.Text{En: text.En + ".", Zh: text.Zh + "。"}).Because(err)
	case errors.Is(err, csr.ErrGenerated):
		return action.Fail(codeFailedOperation, action.Text{
			En: "The CSR is generated and can no longer be modified.",
			Zh: "CSR 已生成，不能再修改。",
		}).Because(err)
	case errors.Is(err, csr.ErrConflict):
		return action.Fail(codeFailedOperation, action.Text{
			En: "The CSR is being modified by another request. Please try again.",
			Zh: "CSR 正被其他请求修改，请重试。",
		}).Because(err)
	case errors.Is(err, csr.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return action.Fail(codeSystemError, action.Text{
			En: "A system error occurred and nothing was changed. Please try again later.",
			Zh: "系统错误，未作任何更改，请稍后重试。",
		}).Because(err).AsFault()
	}
	return err
}

// wireErrorOf is wireError of an action on the CSR that CSRId names.
func wireErrorOf(id int64, err error, invalid action.Code) error {
	if errors.Is(err, csr.ErrNotFound) {
		return action.Fail(codeInvalidCSRId, action.Text{
			En: "The CSR `%d` specified in the parameter `CSRId` does not exist.",
			Zh: "参数 `CSRId` 指定的 CSR `%d` 不存在。",
		}, id).Because(err)
	}
	return wireError(err, invalid)
}
