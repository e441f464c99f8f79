package front_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"csrd/internal/front"
	"csrd/sigv1"
	"csrd/tc3"
)

// Whatever bytes come as a request, once net/http has read it the answer is an
// envelope of the API, and nothing panics.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-TC-Action: Echo\r\nX-TC-Version: 2020-01-01\r\n"+
		"X-TC-Timestamp: 1795427327\r\nAuthorization: TC3-HMAC-SHA256 Credential=AKIDexample/2026-11-23/ssl/tc3_request, SignedHeaders=content-type;host, Signature="+
		strings.Repeat("0", 64)+"\r\nContent-Length: 12\r\n\r\n{\"Text\":\"a\"}"), byte(0))
	f.Add([]byte("GET /?Action=Echo&Text=a&Version=2020-01-01&Timestamp=1795427327&Nonce=1&SecretId=AKIDexample&Signature=x HTTP/1.1\r\nHost: a\r\n\r\n"), byte(1))
	f.Add([]byte("POST /x HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 70\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"Text\"\r\n\r\na\r\n--b--\r\n"), byte(2))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 18\r\n\r\nAction=Echo&Text=a"), byte(1))
	f.Add([]byte("PUT * HTTP/1.1\r\nHost: \r\n\r\n"), byte(3))
	s := newServer(func(settings *front.Settings) { settings.Log = slog.New(slog.DiscardHandler) })
	f.Fuzz(func(t *testing.T, raw []byte, signed byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return // net/http answers these itself
		}
		r.RemoteAddr = "192.0.2.1:1234"
		if signed%2 == 1 {
			signAnyhow(r)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Header().Get("Content-Type") != "application/json" {
			if path := r.URL.Path; path == "/healthz" || path == "/readyz" || path == "/metrics" || strings.Contains(r.Header.Get("Accept"), "text/html") {
				return
			}
			t.Fatalf("%q: answered with type %q", raw, w.Header().Get("Content-Type"))
		}
		var envelope struct {
			Response struct {
				RequestId string
				Error     *struct{ Code, Message string }
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil || w.Code != http.StatusOK || envelope.Response.RequestId == "" {
			t.Fatalf("%q: answered %d with %q: %v", raw, w.Code, w.Body, err)
		}
		e := envelope.Response.Error
		if e != nil && (e.Code == "" || e.Message == "") {
			t.Fatalf("%q: answered %+v", raw, e)
		}
		// Only the actions that are made to fail do so.
		if e != nil && e.Code == "InternalError" && !bytes.Contains(raw, []byte("Fail")) && !bytes.Contains(raw, []byte("Panic")) && !bytes.Contains(raw, []byte("Nothing")) {
			t.Fatalf("%q: answered %+v", raw, e)
		}
	})
}

// signAnyhow signs what there is, so that it gets past the authentication.
func signAnyhow(r *http.Request) {
	var body bytes.Buffer
	if r.Body != nil {
		_, _ = body.ReadFrom(http.MaxBytesReader(nil, r.Body, 1<<20)) // a body cut short is signed as it is
	}
	r.Body = http.NoBody
	if body.Len() > 0 {
		r.Body = io.NopCloser(&body)
	}
	if strings.Contains(r.Header.Get("Content-Type"), "urlencoded") || r.Header.Get("X-TC-Action") == "" {
		form := r.URL.RawQuery
		if r.Method == http.MethodPost {
			form = body.String()
		}
		parameters, err := sigv1.ParseParameters(form)
		if err != nil {
			return
		}
		signature := sigv1.Sign(&sigv1.Request{HTTPMethod: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Parameters: parameters}, sigv1.HmacSHA1, string(secretKey))
		form += "&Signature=" + strings.NewReplacer("+", "%2B", "=", "%3D", "/", "%2F").Replace(signature)
		if r.Method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader(form))
		} else {
			r.URL.RawQuery = form
		}
		return
	}
	sent := bytes.Clone(body.Bytes())
	tc3.Sign(&tc3.Request{Method: r.Method, RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: sent},
		tc3.Credential{SecretID: secretID, SecretKey: string(secretKey)}, "ssl", now.Add(time.Second))
}
