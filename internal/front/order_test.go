package front_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
)

// draft is a request before it is made: what mistakes change.
type draft struct {
	method, host    string
	contentType     string
	body            io.Reader
	action, version string
	secretID        string
	secretKey       csr.Secret
	at              time.Duration
	overwrite       map[string]string // headers, after the signing
	omit            []string          // headers
}

func (d *draft) request() *http.Request {
	const text = "{}" // lacks a required parameter
	r := httptest.NewRequest(d.method, "http://"+d.host+"/", strings.NewReader(text))
	r.Header.Set("Content-Type", d.contentType)
	r.Header.Set("X-TC-Action", d.action)
	r.Header.Set("X-TC-Version", d.version)
	sign(r, d.secretID, d.secretKey, now.Add(d.at), text)
	for name, value := range d.overwrite {
		r.Header.Set(name, value)
	}
	for _, name := range d.omit {
		r.Header.Del(name)
	}
	if d.body != nil {
		r.Body = io.NopCloser(d.body)
	}
	return r
}

// The order in which a request is checked is fixed: of two mistakes the caller
// is told the one that stands first here.
func TestFirstOfTwoMistakesIsTold(t *testing.T) {
	omit := func(name string) func(*draft) { return func(d *draft) { d.omit = append(d.omit, name) } }
	overwrite := func(name, value string) func(*draft) { return func(d *draft) { d.overwrite[name] = value } }
	mistakes := []struct {
		name string
		make func(*draft)
		code action.Code
		part string // of the message
	}{
		{"method", func(d *draft) { d.method = "PUT" }, action.CodeUnsupportedProtocol, "method"},
		{"content type", func(d *draft) { d.contentType = "text/plain" }, action.CodeUnsupportedOperation, "content type"},
		{"size", func(d *draft) { d.body = &counter{} }, action.CodeRequestSizeLimitExceeded, "larger"},
		{"no action", omit("X-TC-Action"), action.CodeMissingParameter, "`Action`"},
		{"no version", omit("X-TC-Version"), action.CodeMissingParameter, "`Version`"},
		{"no timestamp", omit("X-TC-Timestamp"), action.CodeMissingParameter, "`Timestamp`"},
		{"no authorization", omit("Authorization"), action.CodeMissingParameter, "`Authorization`"},
		{"timestamp", overwrite("X-TC-Timestamp", "now"), action.CodeInvalidParameter, "`Timestamp`"},
		{"authorization", overwrite("Authorization", "SKIP"), action.CodeInvalidAuthorization, "Algorithm"},
		{"time", func(d *draft) { d.at = -time.Hour }, action.CodeSignatureExpire, "expired"},
		{"form of the SecretId", func(d *draft) { d.secretID = "AKID'" }, action.CodeInvalidSecretID, "not valid"},
		{"token", overwrite("X-TC-Token", "t"), action.CodeTokenFailure, "token"},
		{"SecretId", func(d *draft) { d.secretID = "AKIDother" }, action.CodeSecretIDNotFound, "not found"},
		{"signature", func(d *draft) { d.secretKey += "x" }, action.CodeSignatureFailure, "signature"},
		{"product", func(d *draft) { d.host = "cvm.tencentcloudapi.com" }, action.CodeNoSuchProduct, "`cvm`"},
		{"version", func(d *draft) { d.version = "2020-01-02" }, action.CodeNoSuchVersion, "version"},
		{"action", func(d *draft) { d.action = "Ecko" }, action.CodeInvalidAction, "`Ecko`"},
		{"parameter", func(*draft) {}, action.CodeMissingParameter, "`Text`"},
	}
	for i, first := range mistakes {
		for _, second := range mistakes[i+1:] {
			t.Run(first.name+" and "+second.name, func(t *testing.T) {
				d := &draft{
					method: "POST", host: host, contentType: "application/json", action: "Echo", version: version,
					secretID: secretID, secretKey: secretKey, overwrite: map[string]string{},
				}
				second.make(d)
				first.make(d)
				got := readRecorded(t, newServer().do(d.request()))
				if got.Error == nil || got.Error.Code != string(first.code) || !strings.Contains(got.Error.Message, first.part) {
					t.Errorf("answered %+v, want %s with %q", got.Error, first.code, first.part)
				}
			})
		}
	}
}

// A caller that has not proved who it is learns nothing of the actions there
// are, and its body is not looked into.
func TestUnknownCallersLearnNothingOfTheActions(t *testing.T) {
	var answers []string
	for _, name := range []string{"Echo", "Ecko", "Panic"} {
		for _, text := range []string{`{"Text":"x"}`, "{", ""} {
			r := call(name, text, nil, []change{func(r *http.Request) { sign(r, secretID, "another0123456789", now, text) }})
			answers = append(answers, newServer().do(r).Body.String())
		}
	}
	for _, other := range answers {
		if other != answers[0] || !strings.Contains(other, badSignature) {
			t.Errorf("answered %s, want %s", other, answers[0])
		}
	}
}

// counter is an endless body that counts what is read of it.
type counter struct{ read int }

func (c *counter) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}
