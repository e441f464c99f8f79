package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"testing"
)

// sdk is a client that an SDK has made for one endpoint and access key.
type sdk interface {
	// call calls an action and returns the object Response as the SDK gives it
	// to its user. Its error is an *apiError when it is one that the server
	// answered with and that the SDK raised as its own type for those.
	call(action string, parameters map[string]any) (json.RawMessage, error)
	// knowsSubjectAltName reports whether the SDK has the field SubjectAltName,
	// in requests and responses. The international SDKs have not.
	knowsSubjectAltName() bool
}

// dialer makes a client for an access key.
type dialer func(t *testing.T, c credential) sdk

// apiError is an error that the server answered with, as an SDK tells it.
type apiError struct{ Code, Message, RequestID string }

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: %s (RequestId %q)", e.Code, e.Message, e.RequestID)
}

var requestID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// mustCall calls an action that succeeds. T has integers where the API has
// them, which take neither text nor a fraction.
func mustCall[T any](t testing.TB, s sdk, action string, parameters map[string]any) T {
	t.Helper()
	raw, err := s.call(action, parameters)
	if err != nil {
		t.Fatalf("%s %v: %v", action, parameters, err)
	}
	var common struct{ RequestId string }
	var response T
	if err := errors.Join(json.Unmarshal(raw, &common), json.Unmarshal(raw, &response)); err != nil {
		t.Fatalf("%s: the response is not of its types: %v\n%s", action, err, raw)
	}
	if !requestID.MatchString(common.RequestId) {
		t.Errorf("%s: RequestId %q, want a UUID", action, common.RequestId)
	}
	return response
}

// wantError calls an action that fails with a code.
func wantError(t testing.TB, s sdk, code, action string, parameters map[string]any) {
	t.Helper()
	raw, err := s.call(action, parameters)
	var failure *apiError
	switch {
	case err == nil:
		t.Errorf("%s %v succeeded with %s, want %s", action, parameters, raw, code)
	case !errors.As(err, &failure):
		t.Errorf("%s %v: %v; want the SDK's own error with the code %s", action, parameters, err, code)
	case failure.Code != code || failure.Message == "" || !requestID.MatchString(failure.RequestID):
		t.Errorf("%s %v: %v; want the code %s, a message and a RequestId", action, parameters, failure, code)
	}
}
