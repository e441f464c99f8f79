package front_test

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"csrd/internal/cam"
)

// The log line of a request says what was asked by whom and what came of it.
func TestLogLine(t *testing.T) {
	for _, test := range []struct {
		name, action string
		changes      []change
		want         map[string]any // besides what every line has
		user         string         // whose the key is
	}{
		{"a success", "Echo", nil, map[string]any{
			"level": "INFO", "action": "Echo", "code": "OK", "uin": "100000000001", "secret_id": secretID,
		}, ""},
		{"a user", "Echo", nil, map[string]any{
			"level": "INFO", "action": "Echo", "code": "OK", "uin": "100000000001", "user": "dev", "secret_id": secretID,
		}, "dev"},
		{"a user who is not who it says", "Echo", []change{set("Content-Type", "application/json; x=y")}, map[string]any{
			"level": "INFO", "action": "Echo", "code": "AuthFailure.SignatureFailure", "secret_id": secretID,
		}, "dev"},
		{"an error of the action", "Refuse", nil, map[string]any{
			"level": "INFO", "action": "Refuse", "code": "FailedOperation", "uin": "100000000001", "secret_id": secretID, "cause": errDetail.Error(),
		}, ""},
		{"an inner error", "Fail", nil, map[string]any{
			"level": "ERROR", "action": "Fail", "code": "InternalError", "uin": "100000000001", "secret_id": secretID, "cause": errDetail.Error(),
		}, ""},
		{"a token", "Echo", []change{set("X-TC-Token", "t")}, map[string]any{
			"level": "INFO", "action": "Echo", "code": "AuthFailure.TokenFailure", "cause": cam.ErrToken.Error(),
		}, ""},
		{"a caller that is not who it says", "Echo", []change{set("Content-Type", "application/json; x=y")}, map[string]any{
			"level": "INFO", "action": "Echo", "code": "AuthFailure.SignatureFailure", "secret_id": secretID,
		}, ""},
		{"a body cut short", "Echo", []change{body(iotest.ErrReader(io.ErrUnexpectedEOF))}, map[string]any{
			"level": "INFO", "action": "Echo", "code": "InvalidParameter", "cause": "unexpected EOF",
		}, ""},
		{"a very long action", strings.Repeat("密", 1000), nil, map[string]any{
			"level": "INFO", "action": strings.Repeat("密", 64), "code": "InvalidAction", "uin": "100000000001", "secret_id": secretID,
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			s.keys.user = test.user
			text := "{}"
			if test.action == "Echo" {
				text = `{"Text":"x"}`
			}
			s.do(call(test.action, text, nil, test.changes))
			lines := s.log.lines(t, "request")
			if len(lines) != 1 {
				t.Fatalf("logged %s, want one line", &s.log)
			}
			line := lines[0]
			if took, ok := line["duration_ms"].(float64); !ok || took < 0 {
				t.Errorf("duration_ms is %v", line["duration_ms"])
			}
			if line["request_id"] != requestID {
				t.Errorf("request_id is %v, want %s", line["request_id"], requestID)
			}
			for _, name := range []string{"time", "msg", "from", "request_id", "duration_ms"} {
				if line[name] == nil {
					t.Errorf("the line has no %s", name)
				}
				delete(line, name)
			}
			if !maps.Equal(line, test.want) {
				t.Errorf("logged %v\nwant   %v", line, test.want)
			}
		})
	}
}

// Nothing of a request is logged that could hold a secret, however it ends.
func TestLogNeverHoldsWhatARequestCarries(t *testing.T) {
	const text = `{"Text":"hunter2-body"}`
	carry := []change{
		set("X-Secret", "hunter2-header"),
		set("Cookie", "hunter2=cookie"),
		func(r *http.Request) { r.URL.RawQuery = "password=hunter2-query" },
		func(r *http.Request) { r.URL.Path = "/hunter2-path" },
	}
	for _, test := range []struct {
		name, action string
		change       change
	}{
		{"a success", "Echo", nil},
		{"a bad parameter", "Fail", nil},
		{"an unknown action", "Ecko", nil},
		{"a bad signature", "Echo", func(r *http.Request) { sign(r, secretID, "hunter2-secret-key", now, text) }},
		{"a bad Authorization", "Echo", set("Authorization", "Basic hunter2-basic")},
		{"a bad timestamp", "Echo", set("X-TC-Timestamp", "hunter2-time")},
		{"a token", "Echo", set("X-TC-Token", "hunter2-token")},
		{"a bad version", "Echo", set("X-TC-Version", "hunter2-version")},
		{"a bad content type", "Echo", set("Content-Type", "text/hunter2")},
		{"a bad method", "Echo", method("HUNTER2")},
		{"a bad SecretId", "Echo", func(r *http.Request) { sign(r, "hunter2'", secretKey, now, text) }},
		{"an unknown SecretId", "Echo", func(r *http.Request) { sign(r, "hunter2-id", secretKey, now, text) }},
		{"a body cut short", "Echo", body(io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF)))},
		{"not JSON", "Echo", func(r *http.Request) {
			body(strings.NewReader("hunter2"))(r)
			sign(r, secretID, secretKey, now, "hunter2")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			after := slices.Clone(carry)
			if test.change != nil {
				after = append(after, test.change)
			}
			r := call(test.action, text, nil, after)
			s.do(r)
			checkLog(t, s, r)
		})
	}
	// The other forms carry more: a query is the whole request.
	secret := func(v url.Values) { v.Set("Text", "hunter2") }
	const secretPart = "Content-Disposition: form-data; name=\"Text\"\r\n\r\nhunter2"
	for name, r := range map[string]*http.Request{
		"v1":                         v1("POST", secret),
		"v1 in a query":              v1("GET", secret),
		"v1 with a wrong signature":  v1("GET", func(v url.Values) { secret(v); v.Set("Signature", "hunter2") }),
		"v1 with a wrong method":     v1("GET", func(v url.Values) { secret(v); v.Set("SignatureMethod", "hunter2") }),
		"v1 with a wrong parameter":  v1("POST", func(v url.Values) { v.Set("hunter2", "hunter2") }),
		"a query without =":          get("Echo", "hunter2"),
		"a query with a wrong %":     get("Echo", "Text=hunter2%zz"),
		"a query given twice":        get("Echo", "Text=hunter2&Text=hunter2"),
		"parts":                      multipart("Echo", secretPart),
		"parts without a name":       multipart("Echo", "Content-Disposition: form-data\r\n\r\nhunter2"),
		"parts with a broken header": multipart("Echo", "hunter2\r\n\r\nx"),
		"parts with a long header":   multipart("Echo", strings.Repeat("hunter2", 1<<16)+"\r\n\r\nx"),
		"parts with a wrong name":    multipart("Echo", "Content-Disposition: form-data; name=\"hunter2\"\r\n\r\nx"),
		"parts cut short":            multipart("Echo", "Content-Disposition: form-data; name=\"Text\"\r\n\r\nhunter2\r\n--frontier\r\nhunter2"),
		"parts that do not follow":   multipart("Echo", secretPart+"\r\n--frontier\r\n--frontier \r\nhunter2\r\nhunter2: x"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer()
			s.do(r)
			checkLog(t, s, r)
		})
	}
}

// checkLog fails if the log of a request holds what it carried.
func checkLog(t *testing.T, s *server, r *http.Request) {
	t.Helper()
	log := s.log.String()
	if !strings.Contains(log, requestID) {
		t.Fatalf("logged %q, want a line of the request", log)
	}
	if strings.Contains(strings.ToLower(log), "hunter2") {
		t.Errorf("the log holds what the request carried: %.1000s", log)
	}
	if len(log) > 4<<10 {
		t.Errorf("the log of a request has %d bytes", len(log))
	}
	for _, part := range strings.FieldsFunc(r.Header.Get("Authorization"), func(c rune) bool { return c == '=' || c == ' ' || c == ',' }) {
		if len(part) >= 32 && strings.Contains(log, part) {
			t.Errorf("the log holds %q of the Authorization: %s", part, log)
		}
	}
	if strings.Contains(log, string(secretKey)) {
		t.Errorf("the log holds the SecretKey: %s", log)
	}
}
