package ssl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"csrd/action"
	"csrd/sigv1"
	"csrd/ssl"
	"csrd/tc3"
)

// The forms of a request, by which these tests build one.
const (
	postJSON  = "POST JSON, TC3"
	postParts = "POST multipart, TC3"
	getTC3    = "GET, TC3"
	postForm  = "POST form, v1"
	getV1     = "GET, v1"
)

func isV1(form string) bool { return form == postForm || form == getV1 }

// draftRequest is a request before it is sent: signed by sign, and changed by
// what a test does before and after.
type draftRequest struct {
	form       string
	method     string
	host, path string
	header     http.Header
	params     []sigv1.Parameter // of a query or form
	body       []byte
	secretKey  string
	at         time.Time
	extra      []string // headers that TC3 signs besides
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// ask sets the common parameter Language.
func (d *draftRequest) ask(l action.Language) {
	if isV1(d.form) {
		d.params = append(d.params, sigv1.Parameter{Name: "Language", Value: string(l)})
		return
	}
	d.header.Set("X-TC-Language", string(l))
}

// newDraft builds a request for an action in a form. parameters are JSON for
// JSON, and a query for the other forms.
func newDraft(t *testing.T, h *harness, form, name, parameters string) *draftRequest {
	t.Helper()
	d := &draftRequest{
		form: form, method: http.MethodPost, host: strings.TrimPrefix(h.url, "http://"), path: "/", header: http.Header{},
		secretKey: string(secretKey("alice")), at: h.now,
	}
	if !isV1(form) {
		d.header.Set("X-TC-Action", name)
		d.header.Set("X-TC-Version", ssl.Version)
	}
	if form == postJSON {
		d.header.Set("Content-Type", "application/json")
		d.body = []byte(parameters)
		return d
	}
	params, err := sigv1.ParseParameters(parameters)
	must(t, err)
	d.params = params
	switch form {
	case postParts:
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, p := range params {
			must(t, w.WriteField(p.Name, p.Value))
		}
		must(t, w.Close())
		d.header.Set("Content-Type", w.FormDataContentType())
		d.body, d.params = body.Bytes(), nil
	case getTC3, getV1:
		d.method = http.MethodGet
		d.header.Set("Content-Type", "application/x-www-form-urlencoded")
	case postForm:
		d.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if isV1(form) {
		d.set("Action", name)
		d.set("Version", ssl.Version)
		d.set("Timestamp", strconv.FormatInt(h.now.Unix(), 10))
		d.set("Nonce", "11886")
		d.set("SecretId", "alice")
		d.set("SignatureMethod", "HmacSHA256")
	}
	return d
}

func (d *draftRequest) set(name, value string) {
	for i := range d.params {
		if d.params[i].Name == name {
			d.params[i].Value = value
			return
		}
	}
	d.params = append(d.params, sigv1.Parameter{Name: name, Value: value})
}

func (d *draftRequest) drop(name string) {
	for i := range d.params {
		if d.params[i].Name == name {
			d.params = append(d.params[:i], d.params[i+1:]...)
			return
		}
	}
	panic("the test drops nothing: " + name)
}

func (d *draftRequest) query() string {
	var parts []string
	for _, p := range d.params {
		parts = append(parts, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	return strings.Join(parts, "&")
}

func (d *draftRequest) sign() {
	if isV1(d.form) {
		method := sigv1.HmacSHA1
		for _, p := range d.params {
			if p.Name == "SignatureMethod" {
				method = sigv1.Method(p.Value)
			}
		}
		r := &sigv1.Request{HTTPMethod: d.method, Host: d.host, Path: d.path, Parameters: d.params}
		d.set("Signature", sigv1.Sign(r, method, d.secretKey))
		return
	}
	r := &tc3.Request{Method: d.method, Host: d.host, Header: d.header, Body: d.body}
	if d.method == http.MethodGet {
		r.RawQuery = d.query()
	}
	tc3.Sign(r, tc3.Credential{SecretID: "alice", SecretKey: d.secretKey}, ssl.Product, d.at, d.extra...)
}

// send sends the request and returns the error it is answered with.
func (d *draftRequest) send(t *testing.T, h *harness) (code action.Code, message string) {
	t.Helper()
	target, body := h.url+d.path, d.body
	switch {
	case d.form == postForm && body == nil:
		body = []byte(d.query())
	case d.method == http.MethodGet || d.form == getTC3 || d.form == getV1:
		target += "?" + d.query()
	}
	r, err := http.NewRequest(d.method, target, bytes.NewReader(body))
	must(t, err)
	r.Header, r.Host = d.header, d.host
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	if d.method == http.MethodHead {
		return "", ""
	}
	var envelope struct{ Response replayed }
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatalf("answered %q: %v", text, err)
	}
	return envelope.Response.Error.Code, envelope.Response.Error.Message
}

// wrongRequest is a request with something wrong, and the code it is answered
// with; its message is in testdata/wrong_requests.golden.
type wrongRequest struct {
	name          string
	form          string
	action        string // DescribeCSRSet, unless it is given
	params        string
	before, after func(*draftRequest) // the signing
	code          action.Code
	unread        bool // refused before the language was read: the message is English
}

func TestWrongRequestsGetTheDocumentedCodeAndMessage(t *testing.T) {
	h := newHarness(t)
	var golden strings.Builder
	seen := map[string]bool{}
	cases := wrongRequests()
	for _, test := range cases {
		if seen[test.name] {
			t.Fatalf("%s stands twice in the table", test.name)
		}
		seen[test.name] = true
		if test.action == "" {
			test.action = "DescribeCSRSet"
		}
		if test.params == "" && test.form == postJSON {
			test.params = "{}"
		}
		t.Run(test.name, func(t *testing.T) {
			fmt.Fprintf(&golden, "%s\n\t%s\n", test.name, test.code)
			for _, language := range []action.Language{action.English, action.Chinese} {
				d := newDraft(t, h, test.form, test.action, test.params)
				d.ask(language)
				if test.before != nil {
					test.before(d)
				}
				d.sign()
				if test.after != nil {
					test.after(d)
				}
				code, message := d.send(t, h)
				if code != test.code {
					t.Errorf("answered %q (%s), want %q", code, message, test.code)
				}
				fmt.Fprintf(&golden, "\t%s\n", message)
				if language == action.Chinese && !strings.ContainsFunc(message, isHan) && !test.unread {
					t.Errorf("the message is not Chinese: %s", message)
				}
			}
		})
	}
	if len(cases) < 120 {
		t.Errorf("%d wrong requests, want 120 at least", len(cases))
	}
	const file = "testdata/wrong_requests.golden"
	if *update {
		must(t, os.WriteFile(file, []byte(golden.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if golden.String() != string(want) {
		t.Errorf("the messages are not those of %s: run with -update and read what changed\n%s", file, golden.String())
	}
}

// The same requests with nothing wrong are answered, in every form.
func TestRightRequestsAreAnsweredInEveryForm(t *testing.T) {
	h := newHarness(t)
	for form, parameters := range map[string]string{
		postJSON: `{"Limit":1,"Domain":"例え.jp"}`, postParts: "Limit=1&Domain=例え.jp", getTC3: "Limit=1&Domain=例え.jp",
		postForm: "Limit=1&Domain=例え.jp", getV1: "Limit=1&Domain=例え.jp",
	} {
		d := newDraft(t, h, form, "DescribeCSRSet", parameters)
		d.sign()
		if code, message := d.send(t, h); code != "" {
			t.Errorf("%s: %s: %s", form, code, message)
		}
	}
}
