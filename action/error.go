package action

import (
	"fmt"
	"unicode/utf8"
)

// Code is an error code of the API.
type Code string

// The common codes (API page "Error Codes") that csrd answers with, and when.
// docs/compatibility.md is made from these lines.
const (
	CodeInvalidAuthorization     Code = "AuthFailure.InvalidAuthorization"  // the Authorization header is malformed, its date is not the timestamp's, or it does not sign what it must
	CodeInvalidSecretID          Code = "AuthFailure.InvalidSecretId"       // the SecretId cannot be one
	CodeSecretIDNotFound         Code = "AuthFailure.SecretIdNotFound"      // the SecretId does not exist or is disabled
	CodeSignatureExpire          Code = "AuthFailure.SignatureExpire"       // the timestamp is more than 300 seconds off, either way
	CodeSignatureFailure         Code = "AuthFailure.SignatureFailure"      // the signature is not the request's, or a v1 request is too large
	CodeTokenFailure             Code = "AuthFailure.TokenFailure"          // a token was sent that was not issued with the SecretId, has expired or was revoked
	CodeUnauthorizedOperation    Code = "AuthFailure.UnauthorizedOperation" // the caller may not do this, or the server is read-only
	CodeInternalError            Code = "InternalError"                     // something failed that nobody foresaw; the log has it under the RequestId
	CodeInvalidAction            Code = "InvalidAction"                     // the version has no such action
	CodeInvalidParameter         Code = "InvalidParameter"                  // a parameter is not of its type, or the form cannot be read
	CodeInvalidParameterValue    Code = "InvalidParameterValue"             // a parameter is out of its bounds
	CodeInvalidRequest           Code = "InvalidRequest"                    // a multipart body is malformed, or the request is not one of HTTP
	CodeMissingParameter         Code = "MissingParameter"                  // a required parameter, common or the action's, is absent or empty
	CodeNoSuchProduct            Code = "NoSuchProduct"                     // the Host names another product of the cloud
	CodeNoSuchVersion            Code = "NoSuchVersion"                     // no product has the version
	CodeRequestLimitExceeded     Code = "RequestLimitExceeded"              // too many requests in a second, or too many refused signatures
	CodeRequestSizeLimitExceeded Code = "RequestSizeLimitExceeded"          // a TC3 request is larger than its form allows, or any has a head above 256 KB
	CodeServiceUnavailable       Code = "ServiceUnavailable"                // the server is busy with other large requests or with making keys, or the access key cannot be read now
	CodeUnknownParameter         Code = "UnknownParameter"                  // the action has no such parameter
	CodeUnsupportedOperation     Code = "UnsupportedOperation"              // the content type, its combination with the signature method, a transfer encoding or an Expect is not taken
	CodeUnsupportedProtocol      Code = "UnsupportedProtocol"               // the HTTP method is neither GET nor POST, HTTP is of another version, or plain on a TLS port
)

// Language is the language of error messages, as the common parameter Language
// names it.
type Language string

// The languages of the API. Any other counts as English.
const (
	English Language = "en-US"
	Chinese Language = "zh-CN"
)

// Text is a message in both languages, to be formatted with the same arguments.
type Text struct {
	En, Zh string
}

// Error is an error as the API tells it to the caller. Its message names the
// field, what was expected and what came, and never a secret.
type Error struct {
	Code Code
	// Cause is what lies behind it, for the log; the caller never sees it.
	Cause error
	// Fault says that the server failed, rather than that the caller is wrong.
	Fault bool

	text Text
	args []any
}

// Fail returns an Error with a formatted text.
func Fail(code Code, text Text, args ...any) *Error {
	return &Error{Code: code, text: text, args: args}
}

// Because sets the Cause of an Error and returns it.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// AsFault marks an Error as the server's own and returns it.
func (e *Error) AsFault() *Error {
	e.Fault = true
	return e
}

// Message returns the text for the caller.
func (e *Error) Message(l Language) string {
	format := e.text.En
	if l == Chinese {
		format = e.text.Zh
	}
	if len(e.args) == 0 {
		return format
	}
	return fmt.Sprintf(format, e.args...)
}

// Error returns the code and the English message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message(English) }

// Unwrap returns the Cause.
func (e *Error) Unwrap() error { return e.Cause }

// The texts below follow those seen from the real service where one is known.

// MissingParameter says that a required parameter is absent or empty.
func MissingParameter(name string) *Error {
	return Fail(CodeMissingParameter, Text{"The request is missing a required parameter `%s`.", "请求缺少必需的参数 `%s`。"}, name)
}

// UnknownParameter says that the action has no such parameter.
func UnknownParameter(name string) *Error {
	return Fail(CodeUnknownParameter, Text{"The parameter `%s` is not recognized.", "参数 `%s` 无法识别。"}, excerpt(name))
}

// WrongType says that a parameter is not of the type it must have.
func WrongType(name string, want Type) *Error {
	return Fail(CodeInvalidParameter, Text{
		"The type of parameter `%s` is wrong. The type should be `%s`.",
		"参数 `%s` 取值类型错误。参数类型应为 `%s`。",
	}, excerpt(name), want)
}

// GivenTwice says that a parameter is given more than once.
func GivenTwice(name string) *Error {
	return Fail(CodeInvalidParameter, Text{"The parameter `%s` is given twice.", "参数 `%s` 重复给出。"}, excerpt(name))
}

// invalidInteger says that an integer is out of the bounds of its parameter.
func invalidInteger(name string, value int64, p *Param) *Error {
	return Fail(CodeInvalidParameterValue, Text{
		"The value `%d` specified in the parameter `%s` is not valid: it must be " + p.Bounds() + ".",
		"参数 `%[2]s` 的取值 `%[1]d` 无效：取值范围为 " + p.interval() + "。",
	}, value, name)
}

// tooMany says that a list has more elements than its parameter may have.
func tooMany(name string, most int64) *Error {
	return Fail(CodeInvalidParameterValue, Text{
		"The parameter `%s` has too many elements: it may have at most %d.",
		"参数 `%s` 的元素过多：最多 %d 个。",
	}, name, most)
}

// NoSuchVersion says that a product has no such version.
func NoSuchVersion(version, product string) *Error {
	return Fail(CodeNoSuchVersion, Text{
		"The specified api version=`%s` does not exist in service=`%s`.",
		"指定的接口版本 `%s` 不存在于产品 `%s` 中。",
	}, excerpt(version), product)
}

// InvalidAction says that the product has no such action under that version.
func InvalidAction(name, product, version string) *Error {
	return Fail(CodeInvalidAction, Text{
		"The request action=`%s` is invalid or not found in service=`%s` and version=`%s`.",
		"请求的接口 `%s` 无效，或不存在于产品 `%s` 的版本 `%s` 中。",
	}, excerpt(name), product, version)
}

// Unauthorized says that a caller lacks a permission for a resource, and why.
func Unauthorized(call *Call, needs Permission, resource string, why Text) *Error {
	const tail = "[[request id:%[1]s]you are not authorized to perform operation (%[2]s)\nresource (%[3]s) has no permission\n]"
	return Fail(CodeUnauthorizedOperation, Text{
		"You are not authorized to perform this operation. Check your CAM policies, and ensure that you are using the correct access keys. " + spaced(why.En) + tail,
		"操作未授权，请检查CAM策略。" + spaced(why.Zh) + tail,
	}, call.RequestID, needs.Name, resource)
}

// spaced puts a space behind a text, if there is one.
func spaced(text string) string {
	if text == "" {
		return ""
	}
	return text + " "
}

// LimitExceeded says that there were more requests in a second than allowed.
func LimitExceeded(perSecond int) *Error {
	return Fail(CodeRequestLimitExceeded, Text{
		"Your current request times equals to `%d` in a second, which exceeds the frequency limit `%d` for a second. Please reduce the frequency of calls.",
		"您当前每秒请求 `%d` 次，超过了每秒频率上限 `%d`，请稍后重试。",
	}, perSecond+1, perSecond)
}

// InternalError says that something failed that nobody foresaw.
func InternalError(cause error) *Error {
	return Fail(CodeInternalError, Text{
		"An internal error occurred. Please try again, and name the RequestId when asking about it.",
		"内部服务错误，请稍后重试；询问时请提供 RequestId。",
	}).Because(cause).AsFault()
}

// excerpt keeps a caller's text from making a message long.
func excerpt(text string) string {
	const most = 64
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return fmt.Sprintf("%.*s…", most, text)
}
