package front_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"csrd/action"
	"csrd/internal/front"
	"csrd/tc3"
)

// signed asks for Echo with the action signed too, as the API's demos do.
func signed() *http.Request {
	const text = `{"Text":"x"}`
	return call("Echo", text, nil, []change{func(r *http.Request) {
		tc3.Sign(&tc3.Request{Method: r.Method, Host: r.Host, Header: r.Header, Body: []byte(text)},
			tc3.Credential{SecretID: secretID, SecretKey: string(secretKey)}, "toy", now, "x-tc-action")
	}})
}

func TestSignedActionIsRequiredWhereItIsSet(t *testing.T) {
	strict := func(s *front.Settings) { s.RequireSignedAction = true }
	plain := call("Echo", `{"Text":"x"}`, nil, nil)
	wantError(t, readRecorded(t, newServer(strict).do(plain)), action.CodeInvalidAuthorization,
		nonconforming+"SignedHeaders not valid, this server requires `x-tc-action` to be signed.")
	for name, r := range map[string]*http.Request{"signed": signed(), "v1, which signs everything": v1("POST", nil)} {
		if got := readRecorded(t, newServer(strict).do(r)); got.Error != nil {
			t.Errorf("%s: %+v", name, got.Error)
		}
	}
	// Whose signature is wrong learns nothing of the setting.
	wrong := call("Echo", "{}", nil, []change{func(r *http.Request) { sign(r, secretID, secretKey+"x", now, "{}") }})
	wantError(t, readRecorded(t, newServer(strict).do(wrong)), action.CodeSignatureFailure, badSignature)
}

// SDKs do not sign the action: a signature that was captured must not do
// something else, where that is set, and is told of where it is not.
func TestSignatureThatComesAgainAsSomethingElse(t *testing.T) {
	const again = "The provided credentials could not be validated: this signature was used with another action, version or token. Please sign again."
	for _, test := range []struct {
		name string
		bind bool
		want action.Code
	}{
		{"refused", true, action.CodeSignatureFailure},
		{"told of", false, "FailedOperation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(func(s *front.Settings) { s.BindSignatures = test.bind })
			for range 2 { // as it was, as often as wanted
				wantError(t, readRecorded(t, s.do(call("Echo", "{}", nil, nil))), action.CodeMissingParameter, missing("Text"))
			}
			if log := s.log.String(); strings.Contains(log, "WARN") {
				t.Errorf("logged %s", log)
			}
			got := readRecorded(t, s.do(call("Echo", "{}", nil, []change{set("X-TC-Action", "Refuse")})))
			if got.Error == nil || got.Error.Code != string(test.want) || test.bind && got.Error.Message != again {
				t.Errorf("answered %+v, want %s", got.Error, test.want)
			}
			if lines := s.log.lines(t, "a signature came again with another action, version or token"); len(lines) != 1 || lines[0]["refused"] != test.bind {
				t.Errorf("logged %v, want one line", lines)
			}
			if text := s.get("/metrics").Body.String(); !strings.Contains(text, "\ncsrd_rebound_signatures_total 1\n") {
				t.Error("/metrics does not count it")
			}
		})
	}
}

// Guessing is slow, and whoever knows the key never waits for those who guess.
func TestRefusedSignaturesAreToldSoManyTimesASecond(t *testing.T) {
	at := now
	s := newServer(func(s *front.Settings) {
		s.FailuresPerSecond = 3
		s.Now = func() time.Time { return at }
	})
	wrong := func(id, from string) answered {
		r := call("Echo", "{}", nil, []change{func(r *http.Request) { sign(r, id, "another0123456789", now, "{}") }})
		r.RemoteAddr = from + ":1234"
		return readRecorded(t, s.do(r))
	}
	const limited = "Your current request times equals to `4` in a second, which exceeds the frequency limit `3` for a second. Please reduce the frequency of calls."
	for range 3 {
		wantError(t, wrong(secretID, "192.0.2.1"), action.CodeSignatureFailure, badSignature)
	}
	for range 3 {
		wantError(t, wrong(secretID, "192.0.2.1"), action.CodeRequestLimitExceeded, limited)
	}
	lines := s.log.lines(t, "request")
	if last := lines[len(lines)-1]; last["code"] != "RequestLimitExceeded" || !strings.HasPrefix(last["cause"].(string), "AuthFailure.SignatureFailure") {
		t.Errorf("logged %v, want what the refusal was", last)
	}
	// Others are not held up, and the caller with the key is not either.
	wantError(t, wrong(secretID, "192.0.2.2"), action.CodeSignatureFailure, badSignature)
	wantError(t, wrong("AKIDother", "192.0.2.1"), action.CodeSecretIDNotFound, noSecretID)
	for range 10 {
		r := call("Echo", `{"Text":"x"}`, nil, nil)
		r.RemoteAddr = "192.0.2.1:1234"
		if got := readRecorded(t, s.do(r)); got.Error != nil {
			t.Fatalf("the caller with the key is told %+v", got.Error)
		}
	}
	at = at.Add(time.Second)
	wantError(t, wrong(secretID, "192.0.2.1"), action.CodeSignatureFailure, badSignature)
}

func TestMessagesAreInTheLanguageAskedFor(t *testing.T) {
	for _, test := range []struct{ language, want string }{
		{"zh-CN", `研发部<拒绝>"&"`},
		{"en-US", `R&D <refuses> "it"`},
		{"", `R&D <refuses> "it"`},
		{"fr-FR", `R&D <refuses> "it"`},
	} {
		tc3Request := call("Refuse", "{}", []change{set("X-TC-Language", test.language)}, nil)
		v1Request := v1("POST", func(v url.Values) {
			v.Del("Text")
			v.Set("Action", "Refuse")
			v.Set("Language", test.language)
		})
		for _, r := range []*http.Request{tc3Request, v1Request} {
			wantError(t, readRecorded(t, newServer().do(r)), "FailedOperation", test.want)
		}
	}
	// Before a request is read so far as well.
	wantError(t, readRecorded(t, newServer().do(call("Echo", "{}", []change{set("X-TC-Language", "zh-CN")}, []change{method("PUT")}))),
		action.CodeUnsupportedProtocol, "不支持请求方法 `PUT`：须为 GET 或 POST。")
}

func TestLogTellsTheAddressBehindATrustedProxy(t *testing.T) {
	s := newServer(func(s *front.Settings) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, test := range []struct{ peer, want string }{
		{"10.0.0.1:1234", "198.51.100.7"},
		{"192.0.2.1:1234", "192.0.2.1"},
	} {
		r := call("Echo", "{}", []change{set("X-Forwarded-For", "198.51.100.7")}, nil)
		r.RemoteAddr = test.peer
		s.do(r)
		lines := s.log.lines(t, "request")
		if got := lines[len(lines)-1]["from"]; got != test.want {
			t.Errorf("from %v, want %s", got, test.want)
		}
	}
}

// A person who opens the endpoint in a browser is told what it is; a client's
// GET is never taken for that.
func TestBrowserIsToldWhatThisIs(t *testing.T) {
	browse := func(method, target string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, nil)
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return newServer().do(r)
	}
	for _, target := range []string{"/", "/console", "//x"} {
		w := browse("GET", target)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "This is csrd") || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: status %d with %q", target, w.Code, w.Body)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"POST":               browse("POST", "/"),
		"a query":            browse("GET", "/?Action=Echo"),
		"a signature":        browse("GET", "/", "Authorization", "TC3-HMAC-SHA256 x"),
		"a client of no web": browse("GET", "/", "Accept", "*/*"),
	} {
		if got := readRecorded(t, w); got.Error == nil {
			t.Errorf("%s: answered %+v, want an error of the API", name, got)
		}
	}
}
