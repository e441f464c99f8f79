package front_test

import (
	"strconv"
	"strings"
	"testing"

	"csrd/action"
)

// What clients read to the letter: the bytes of the body, and the headers.
func TestEnvelope(t *testing.T) {
	const id = `"RequestId":"` + requestID + `"`
	for _, test := range []struct {
		name, action, body string
		want               string
	}{
		{"a success", "Echo", `{"Text":"x"}`, `{"Response":{"Text":"x","Uin":100000000001,"SecretID":"AKIDexample","Left":30,` + id + `}}`},
		{"no HTML escaping", "Echo", `{"Text":"<a href=\"/?b&c\">é密\u0026</a>"}`, `{"Response":{"Text":"<a href=\"/?b&c\">é密&</a>","Uin":100000000001,"SecretID":"AKIDexample","Left":30,` + id + `}}`},
		{"an error", "Refuse", "{}", `{"Response":{"Error":{"Code":"FailedOperation","Message":"R&D <refuses> \"it\""},` + id + `}}`},
		{"an error of the front", "E<&>", "{}", `{"Response":{"Error":{"Code":"InvalidAction","Message":"The request action=` + "`E<&>`" + ` is invalid or not found in service=` + "`toy`" + ` and version=` + "`2020-01-01`" + `."},` + id + `}}`},
		{"an internal error", "Fail", "{}", `{"Response":{"Error":{"Code":"InternalError","Message":"` + internal + `"},` + id + `}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newServer().do(call(test.action, test.body, nil, nil))
			if got := w.Body.String(); got != test.want {
				t.Errorf("answered %s\nwant     %s", got, test.want)
			}
			if w.Code != 200 {
				t.Errorf("status %d, want 200", w.Code)
			}
			for name, want := range map[string]string{
				"Content-Type":   "application/json",
				"Content-Length": strconv.Itoa(len(test.want)),
				"X-TC-RequestId": requestID,
			} {
				if got := w.Result().Header.Values(name); len(got) != 1 || got[0] != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// Whatever goes wrong inside, the caller learns the RequestId and the operator
// the cause.
func TestInnerErrorsAreForTheLogAlone(t *testing.T) {
	for _, test := range []struct {
		action, cause string
	}{
		{"Fail", errDetail.Error()},
		{"Panic", "panic"},
		{"Nothing", "panic"},
	} {
		t.Run(test.action, func(t *testing.T) {
			s := newServer()
			w := s.do(call(test.action, "{}", nil, nil))
			if strings.Contains(w.Body.String(), "fire") {
				t.Errorf("the caller is told %s", w.Body)
			}
			got := readRecorded(t, w)
			wantError(t, got, action.CodeInternalError, internal)
			if got.RequestId != requestID {
				t.Errorf("RequestId %q, want %q", got.RequestId, requestID)
			}
			lines := s.log.lines(t, "request")
			if len(lines) != 1 || lines[0]["cause"] != test.cause || lines[0]["level"] != "ERROR" || lines[0]["request_id"] != requestID {
				t.Errorf("logged %v, want one error with the cause %q", lines, test.cause)
			}
		})
	}
}

func TestPanicIsLoggedWithItsPlaceAndTheServerGoesOn(t *testing.T) {
	s := newServer()
	s.do(call("Panic", "{}", nil, nil))
	lines := s.log.lines(t, "panic")
	if len(lines) != 1 || lines[0]["request_id"] != requestID || !strings.Contains(lines[0]["panic"].(string), "fire") ||
		!strings.Contains(lines[0]["stack"].(string), "toy_test.go") {
		t.Errorf("logged %v, want one line with the panic and its stack", lines)
	}
	if got := readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, nil))); got.Error != nil || got.Text != "x" {
		t.Errorf("afterwards: %+v with error %+v", got, got.Error)
	}
}
