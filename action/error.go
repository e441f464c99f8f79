package action

import "fmt"

// Code is an error code of the API.
type Code string

// The common codes (API page "Error Codes") that csrd answers with.
const (
	CodeInvalidAuthorization     Code = "AuthFailure.InvalidAuthorization"
	CodeInvalidSecretID          Code = "AuthFailure.InvalidSecretId"
	CodeSecretIDNotFound         Code = "AuthFailure.SecretIdNotFound"
	CodeSignatureExpire          Code = "AuthFailure.SignatureExpire"
	CodeSignatureFailure         Code = "AuthFailure.SignatureFailure"
	CodeTokenFailure             Code = "AuthFailure.TokenFailure"
	CodeInternalError            Code = "InternalError"
	CodeInvalidAction            Code = "InvalidAction"
	CodeInvalidParameter         Code = "InvalidParameter"
	CodeInvalidParameterValue    Code = "InvalidParameterValue"
	CodeMissingParameter         Code = "MissingParameter"
	CodeNoSuchProduct            Code = "NoSuchProduct"
	CodeNoSuchVersion            Code = "NoSuchVersion"
	CodeRequestSizeLimitExceeded Code = "RequestSizeLimitExceeded"
	CodeUnknownParameter         Code = "UnknownParameter"
	CodeUnsupportedOperation     Code = "UnsupportedOperation"
	CodeUnsupportedProtocol      Code = "UnsupportedProtocol"
)

// Error is an error as the API tells it to the caller. Its message names the
// field, what was expected and what came, and never a secret.
type Error struct {
	Code    Code
	Message string
	// Cause is what lies behind it, for the log; the caller never sees it.
	Cause error
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Cause }

// Errorf returns an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// The texts below follow those seen from the real service where one is known.

// MissingParameter says that a required parameter is absent or empty.
func MissingParameter(name string) *Error {
	return Errorf(CodeMissingParameter, "The request is missing a required parameter `%s`.", name)
}

// UnknownParameter says that the action has no such parameter.
func UnknownParameter(name string) *Error {
	return Errorf(CodeUnknownParameter, "The parameter `%s` is not recognized.", excerpt(name))
}

// WrongType says that a parameter is not of the type it must have.
func WrongType(name string, want Type) *Error {
	return Errorf(CodeInvalidParameter, "The type of parameter `%s` is wrong. The type should be `%s`.", name, want)
}

// InvalidValue says that a parameter's value is out of its bounds.
func InvalidValue(name string, value any, bounds string) *Error {
	return Errorf(CodeInvalidParameterValue, "The value `%v` specified in the parameter `%s` is not valid: it must be %s.", value, name, bounds)
}

// NoSuchVersion says that no product has such a version.
func NoSuchVersion(version string) *Error {
	return Errorf(CodeNoSuchVersion, "The specified api version=`%s` does not exist.", excerpt(version))
}

// InvalidAction says that the product has no such action under that version.
func InvalidAction(name, product, version string) *Error {
	return Errorf(CodeInvalidAction, "The request action=`%s` is invalid or not found in service=`%s` and version=`%s`.", excerpt(name), product, version)
}

// excerpt keeps a caller's text from making a message long.
func excerpt(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%.*s…", most, text)
}
