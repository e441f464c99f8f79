package front_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/front"
)

// Texts of refusals that several tests want.
const (
	badMethod      = "The request method `PUT` is not supported: it must be GET or POST."
	badContentType = "The content type `%s` is not supported: it must be application/json, application/x-www-form-urlencoded or multipart/form-data."
	formWithTC3    = "A form goes with signature v1; with TC3-HMAC-SHA256 send application/json, multipart/form-data or GET."
	tooLarge       = "The body of the request is larger than 10485760 bytes."
	badMultipart   = "The multipart body is malformed."
	cutShort       = "The request body could not be read to its end."
	badTimestamp   = "The type of parameter `Timestamp` is wrong. The type should be `integer`."
	badSecretID    = "The SecretId is not valid: it must have 1 to 128 letters, digits, _ or -."
	noSecretID     = "The SecretId is not found, please ensure that your SecretId is correct."
	badSignature   = "The provided credentials could not be validated. Please check your signature is correct."
	badToken       = "The token is not valid: it was not issued for this SecretId, has expired or was revoked."
	badVersion     = "The specified api version=`2020-01-02` does not exist in service=`toy`."
	badAction      = "The request action=`Ecko` is invalid or not found in service=`toy` and version=`2020-01-01`."
	nonconforming  = "The request `Authorization` header does not conform to tencentcloud standards: "
	internal       = "An internal error occurred. Please try again, and name the RequestId when asking about it."
	expired        = "Signature expired. Please use local time and enable NTP service for time synchronization to avoid a deviation between `Timestamp` and the server time 1795427327."
)

func missing(name string) string {
	return "The request is missing a required parameter `" + name + "`."
}

func signedBy(id string, at time.Duration) change {
	return func(r *http.Request) { sign(r, id, secretKey, now.Add(at), "{}") }
}

func method(name string) change { return func(r *http.Request) { r.Method = name } }

func body(reader io.Reader) change { return func(r *http.Request) { r.Body = io.NopCloser(reader) } }

func authorization(old, new string) change {
	return func(r *http.Request) {
		header := r.Header.Get("Authorization")
		if !strings.Contains(header, old) {
			panic("the test replaces nothing: " + old)
		}
		r.Header.Set("Authorization", strings.Replace(header, old, new, 1))
	}
}

func TestWrongRequestsAreRefused(t *testing.T) {
	large := strings.NewReader(strings.Repeat(" ", front.MaxBody+1))
	for _, test := range []struct {
		name    string
		changes []change // after the signing
		code    action.Code
		message string
	}{
		{"PUT", []change{method("PUT")}, action.CodeUnsupportedProtocol, badMethod},
		{"HEAD", []change{method("HEAD")}, action.CodeUnsupportedProtocol, strings.Replace(badMethod, "PUT", "HEAD", 1)},
		{"post in lower case", []change{method("post")}, action.CodeUnsupportedProtocol, strings.Replace(badMethod, "PUT", "post", 1)},
		{"GET for POST", []change{method("GET")}, action.CodeSignatureFailure, badSignature},
		{"no content type", []change{del("Content-Type")}, action.CodeUnsupportedOperation, fmt.Sprintf(badContentType, "")},
		{"a form", []change{set("Content-Type", "application/x-www-form-urlencoded")}, action.CodeUnsupportedOperation, formWithTC3},
		{"a multipart body that is none", []change{set("Content-Type", "multipart/form-data; boundary=x")}, action.CodeInvalidRequest, badMultipart},
		{"a multipart body without a boundary", []change{set("Content-Type", "multipart/form-data")}, action.CodeInvalidRequest, badMultipart},
		{"plain text", []change{set("Content-Type", "text/plain")}, action.CodeUnsupportedOperation, fmt.Sprintf(badContentType, "text/plain")},
		{"a kind of JSON", []change{set("Content-Type", "application/json+x")}, action.CodeUnsupportedOperation, fmt.Sprintf(badContentType, "application/json+x")},
		{"a content type that is none", []change{set("Content-Type", "application/json; charset")}, action.CodeUnsupportedOperation, fmt.Sprintf(badContentType, "application/json; charset")},
		{"a body over the limit", []change{body(large)}, action.CodeRequestSizeLimitExceeded, tooLarge},
		{"a body cut short", []change{body(iotest.ErrReader(io.ErrUnexpectedEOF))}, action.CodeInvalidParameter, cutShort},
		{"no action", []change{del("X-TC-Action")}, action.CodeMissingParameter, missing("Action")},
		{"an empty action", []change{set("X-TC-Action", "")}, action.CodeMissingParameter, missing("Action")},
		{"no version", []change{del("X-TC-Version")}, action.CodeMissingParameter, missing("Version")},
		{"no timestamp", []change{del("X-TC-Timestamp")}, action.CodeMissingParameter, missing("Timestamp")},
		{"no authorization", []change{del("Authorization")}, action.CodeMissingParameter, missing("Authorization")},
		{"a timestamp of letters", []change{set("X-TC-Timestamp", "now")}, action.CodeInvalidParameter, badTimestamp},
		{"a negative timestamp", []change{set("X-TC-Timestamp", "-1795427327")}, action.CodeInvalidParameter, badTimestamp},
		{"a timestamp with a fraction", []change{set("X-TC-Timestamp", "1795427327.5")}, action.CodeInvalidParameter, badTimestamp},
		{"a timestamp in milliseconds", []change{set("X-TC-Timestamp", "1795427327000")}, action.CodeInvalidParameter, badTimestamp},
		{"SKIP for a signature", []change{set("Authorization", "SKIP")}, action.CodeInvalidAuthorization, nonconforming + "Algorithm not valid, want TC3-HMAC-SHA256."},
		{"another scheme", []change{set("Authorization", "Bearer x")}, action.CodeInvalidAuthorization, nonconforming + "Algorithm not valid, want TC3-HMAC-SHA256."},
		{"a signature of another length", []change{authorization("Signature=", "Signature=0")}, action.CodeInvalidAuthorization, nonconforming + "Signature not valid, want 64 lower-case hexadecimal digits."},
		{"no SignedHeaders", []change{authorization(" SignedHeaders=content-type;host,", "")}, action.CodeInvalidAuthorization, nonconforming + "SignedHeaders is missing."},
		{"the date of another day", []change{authorization("/2026-11-23/", "/2026-11-22/")}, action.CodeInvalidAuthorization, nonconforming + "`Date` in Credential not valid, it is not the UTC day of X-TC-Timestamp."},
		{"expired by 301 seconds", []change{signedBy(secretID, -301*time.Second)}, action.CodeSignatureExpire, expired},
		{"early by 301 seconds", []change{signedBy(secretID, 301*time.Second)}, action.CodeSignatureExpire, expired},
		{"an empty SecretId", []change{signedBy("", 0)}, action.CodeInvalidSecretID, badSecretID},
		{"a SecretId with a quote", []change{signedBy("AKID'--", 0)}, action.CodeInvalidSecretID, badSecretID},
		{"a SecretId of 129", []change{signedBy(strings.Repeat("A", 129), 0)}, action.CodeInvalidSecretID, badSecretID},
		{"an unknown SecretId", []change{signedBy("AKIDother", 0)}, action.CodeSecretIDNotFound, noSecretID},
		{"a SecretId in another case", []change{signedBy(strings.ToLower(secretID), 0)}, action.CodeSecretIDNotFound, noSecretID},
		{"another SecretKey", []change{func(r *http.Request) { sign(r, secretID, secretKey+"x", now, "{}") }}, action.CodeSignatureFailure, badSignature},
		{"another body than was signed", []change{body(strings.NewReader("{} "))}, action.CodeSignatureFailure, badSignature},
		{"another content type than was signed", []change{set("Content-Type", "application/json; charset=utf-8")}, action.CodeSignatureFailure, badSignature},
		{"a token", []change{set("X-TC-Token", "t")}, action.CodeTokenFailure, badToken},
		{"another product's host", []change{func(r *http.Request) {
			r.Host = "cvm.tencentcloudapi.com"
			sign(r, secretID, secretKey, now, "{}")
		}}, action.CodeNoSuchProduct, "The product `cvm` of the requested host does not exist here."},
		{"an unknown version", []change{set("X-TC-Version", "2020-01-02")}, action.CodeNoSuchVersion, badVersion},
		{"an unknown action", []change{set("X-TC-Action", "Ecko")}, action.CodeInvalidAction, badAction},
		{"a missing parameter", nil, action.CodeMissingParameter, missing("Text")},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			got := readRecorded(t, s.do(call("Echo", "{}", nil, test.changes)))
			wantError(t, got, test.code, test.message)
			if got.RequestId != requestID {
				t.Errorf("RequestId %q, want %q", got.RequestId, requestID)
			}
		})
	}
}

func TestRequestsOfAllKindsOfClientsAreTaken(t *testing.T) {
	const text = `{"Text":"x"}`
	for _, test := range []struct {
		name   string
		before []change
		after  []change
	}{
		{"as it is", nil, nil},
		{"content type with a charset", []change{set("Content-Type", "application/json; charset=utf-8")}, nil},
		{"content type in capitals", []change{set("Content-Type", "Application/JSON")}, nil},
		{"late by 300 seconds", nil, []change{func(r *http.Request) { sign(r, secretID, secretKey, now.Add(-300*time.Second), text) }}},
		{"early by 300 seconds", nil, []change{func(r *http.Request) { sign(r, secretID, secretKey, now.Add(300*time.Second), text) }}},
		{"an empty token", nil, []change{set("X-TC-Token", "")}},
		{"a region that is named null", nil, []change{set("X-TC-Region", "null")}},
		{"a query, which POST does not sign", nil, []change{func(r *http.Request) { r.URL.RawQuery = "a=b" }}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := readRecorded(t, newServer().do(call("Echo", text, test.before, test.after)))
			if got.Error != nil || got.Text != "x" || got.Uin != int64(uin) || got.SecretID != secretID {
				t.Errorf("answered %+v with error %+v", got, got.Error)
			}
		})
	}
}

func TestActionHasHalfAMinute(t *testing.T) {
	if got := readRecorded(t, newServer().do(call("Echo", `{"Text":"x"}`, nil, nil))); got.Left != 30 {
		t.Errorf("the action has %d seconds, want 30", got.Left)
	}
}

func TestBodyAtTheLimitIsTakenAndNoMoreIsRead(t *testing.T) {
	const start = `{"Text":"x","Rest":"`
	text := start + strings.Repeat("r", front.MaxBody-len(start)-2) + `"}`
	if got := readRecorded(t, newServer().do(call("Echo", text, nil, nil))); got.Error != nil || got.Text != "x" {
		t.Errorf("%d bytes: answered %+v with error %+v", len(text), got, got.Error)
	}

	endless := &counter{}
	got := readRecorded(t, newServer().do(call("Echo", "{}", nil, []change{body(endless)})))
	wantError(t, got, action.CodeRequestSizeLimitExceeded, tooLarge)
	if endless.read > front.MaxBody+1<<20 {
		t.Errorf("%d bytes of an endless body were read", endless.read)
	}
}

// A store or a key service that is away is told as such, at once, and is no
// refused signature.
func TestKeysThatCannotBeReadNowAreServiceUnavailable(t *testing.T) {
	for name, away := range map[string]keys{
		"finding": {findErr: fmt.Errorf("%w: the store", csr.ErrUnavailable)},
		"opening": {secretErr: fmt.Errorf("%w: the master key", csr.ErrUnavailable)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(func(settings *front.Settings) { settings.FailuresPerSecond = 2 })
			s.keys = away
			for range 5 {
				wantError(t, readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, nil))), action.CodeServiceUnavailable,
					"The access key cannot be verified now. Please try again later.")
			}
			if lines := s.log.lines(t, "request"); len(lines) == 0 || lines[0]["level"] != "ERROR" {
				t.Errorf("logged %v, want the cause at the level ERROR", lines)
			}
		})
	}
}

func TestKeysThatCannotBeReadAreAnInternalError(t *testing.T) {
	for _, test := range []struct {
		name string
		keys keys
	}{
		{"finding", keys{findErr: errDetail}},
		{"opening", keys{secretErr: errDetail}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			s.keys = test.keys
			wantError(t, readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, nil))), action.CodeInternalError, internal)
			lines := s.log.lines(t, "request")
			if len(lines) != 1 || lines[0]["cause"] != errDetail.Error() || lines[0]["level"] != "ERROR" {
				t.Errorf("logged %v, want one line with the cause", lines)
			}
			s.keys = keys{}
			if got := readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, nil))); got.Error != nil {
				t.Errorf("afterwards: %+v", got.Error)
			}
		})
	}
}
