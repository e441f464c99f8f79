package browsertest

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"csrd/sigv1"
	"csrd/tc3"
)

// remark has what is quoted, encoded or cut somewhere on its way.
const remark = "a&b=c d+é/云 \"quoted\" \\ 100%"

// signing opens CreateCSR with a draft's parameters at its signature.
func signing(t *testing.T, s *site) *page {
	t.Helper()
	for _, spec := range specs() {
		if spec.Name == "CreateCSR" {
			parameters := s.parametersFor(t, spec)
			parameters["Remark"], parameters["Generate"], parameters["KeyPassword"] = remark, false, "123abcccaa"
			parameters["Tags"] = []map[string]string{{"TagKey": "team", "TagValue": "web"}}
			p := explore(t, s, spec, parameters)
			p.signIn(s.key)
			p.click("[data-tab=signature]")
			p.waitFor("#step-authorization")
			p.click("#show-derived")
			p.waitFor("#step-secret-signing")
			return p
		}
	}
	t.Fatal("there is no CreateCSR")
	return nil
}

// signedByGo is the header Authorization that package tc3 computes.
func signedByGo(s *site, key tc3.Credential, body, service string, at time.Time, extra ...string) string {
	r := &tc3.Request{Method: http.MethodPost, Host: strings.TrimPrefix(s.url, "http://"), Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Tc-Action": {"CreateCSR"}}}
	tc3.Sign(r, key, service, at, extra...)
	return r.Header.Get("Authorization")
}

func TestShownSignatureIsWhatPackageTC3Computes(t *testing.T) {
	s := serve(t)
	p := signing(t, s)
	for _, timestamp := range []string{"1551113065", p.timestamp(), "4102444799"} {
		p.fill("#timestamp", timestamp)
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		must(t, err)
		at := time.Unix(seconds, 0)
		p.waitText("#step-string-to-sign", timestamp)
		want := signedByGo(s, s.key, p.value("#step-payload"), "ssl", at, "x-tc-action")
		if got := p.value("#step-authorization"); got != want {
			t.Errorf("at %s the page shows\n%s\nand tc3 computes\n%s", timestamp, got, want)
		}
		key := tc3.DeriveKey(s.key.SecretKey, at.UTC().Format(time.DateOnly), "ssl")
		if got := p.value("#step-secret-signing"); got != hex.EncodeToString(key[:]) {
			t.Errorf("SecretSigning is shown as %s", got)
		}
	}
	if strings.Contains(eval[string](p, `document.documentElement.outerHTML`), s.key.SecretKey) {
		t.Error("the SecretKey stands in the page")
	}
}

func TestShownSignatureV1IsWhatPackageSigv1ComputesAndTheServerTakes(t *testing.T) {
	s := serve(t)
	p := signing(t, s)
	for _, method := range []sigv1.Method{sigv1.HmacSHA256, sigv1.HmacSHA1} {
		eval[bool](p, `(document.querySelector('input[value=`+string(method)+`]').click(), true)`)
		p.wait(`document.querySelector('#step-string-to-sign')?.textContent.includes('SignatureMethod=` + string(method) + `&')`)
		p.fill("#nonce", "4711")
		p.waitText("#step-string-to-sign", "Nonce=4711&")
		form := p.value("#step-body")
		values, err := url.ParseQuery(form)
		must(t, err)
		r := &sigv1.Request{HTTPMethod: http.MethodPost, Host: strings.TrimPrefix(s.url, "http://"), Path: "/"}
		for name := range values {
			r.Parameters = append(r.Parameters, sigv1.Parameter{Name: name, Value: values.Get(name)})
		}
		if want := sigv1.Sign(r, method, s.key.SecretKey); p.value("#step-signature") != want || values.Get("Signature") != want {
			t.Errorf("%s: the page shows %s and in the form %s, sigv1 computes %s", method, p.value("#step-signature"), values.Get("Signature"), want)
		}
		if values.Get("Remark") != remark || values.Get("Tags.0.TagValue") != "web" {
			t.Errorf("the form is %v", values)
		}
		answer, err := http.Post(s.url, "application/x-www-form-urlencoded", strings.NewReader(form))
		must(t, err)
		defer answer.Body.Close()
		var text strings.Builder
		if _, err := io.Copy(&text, answer.Body); err != nil || !strings.Contains(text.String(), `"Id":`) {
			t.Errorf("%s: the server answers the form that is shown with %s (%v)", method, text.String(), err)
		}
	}
}

func TestDerivedKeysAndSecretParametersAreMaskedUntilAskedFor(t *testing.T) {
	s := serve(t)
	p := signing(t, s)
	p.click("#show-derived")
	p.wait(`!document.querySelector('#step-secret-signing')`)
	for _, method := range []string{"TC3-HMAC-SHA256", "HmacSHA1"} {
		eval[bool](p, `(document.querySelector('input[value="`+method+`"]').click(), true)`)
		p.wait(`document.querySelector('#step-string-to-sign')?.textContent.startsWith('POST') === ` + strconv.FormatBool(method == "HmacSHA1"))
		if text := p.value(".steps"); strings.Contains(text, "123abcccaa") || !strings.Contains(text, "••••••••") {
			t.Errorf("%s shows\n%s", method, text)
		}
	}
}

func TestExplainMineFindsTheFirstLineThatDiffers(t *testing.T) {
	s := serve(t)
	p := signing(t, s)
	body, canonical, toSign := p.value("#step-payload"), p.value("#step-canonical-request"), p.value("#step-string-to-sign")
	seconds, err := strconv.ParseInt(p.timestamp(), 10, 64)
	must(t, err)
	at := time.Unix(seconds, 0)
	for _, c := range []struct {
		name, mine string
		line       string // the first that differs; "" for none
		says       string
	}{
		{"the same header", p.value("#step-authorization"), "", "The same"},
		{"with its name before it", "Authorization: " + p.value("#step-authorization"), "", "The same"},
		{"as the Go SDK signs it", signedByGo(s, s.key, body, "127", at), "3", "csrd takes it"},
		{"by another key", signedByGo(s, tc3.Credential{SecretID: s.key.SecretID, SecretKey: "another"}, body, "ssl", at, "x-tc-action"), "6", "SecretKey"},
		{"of another day", signedByGo(s, s.key, body, "ssl", at.AddDate(0, 0, -1), "x-tc-action"), "2", "UTC"},
		{"the same canonical request", canonical + "\n", "", "The same"},
		{"another host", strings.Replace(canonical, "host:127.0.0.1", "host:localhost", 1), "5", "host with its port"},
		{"no blank line", strings.Replace(canonical, "\n\ncontent-type;", "\ncontent-type;", 1), "7", "blank line"},
		{"another body", canonical[:len(canonical)-64] + strings.Repeat("0", 64), "9", "body that was hashed"},
		{"another string to sign", strings.Replace(toSign, "/ssl/", "/cvm/", 1), "3", "scope"},
		{"nothing of the kind", "hello", "", "neither"},
		{"a v1 string", "GET127.0.0.1/?Action=X", "", "another method"},
	} {
		p.fill("#mine", "x") // which is neither, so that what is waited for is new
		p.waitText("#verdict", "neither")
		if c.mine != "hello" {
			p.fill("#mine", c.mine)
			p.wait(`!document.querySelector('#verdict').innerText.includes('neither')`)
		}
		if text := p.text("#verdict"); !strings.Contains(text, c.says) {
			t.Errorf("%s: it says\n%s\nwant %q", c.name, text, c.says)
		}
		if got := eval[string](p, `document.querySelector('.first-differing')?.dataset.line ?? ''`); got != c.line {
			t.Errorf("%s: the first line that differs is %q, want %q", c.name, got, c.line)
		}
	}
	p.everyLook(func(look string) { p.accessible("signature, " + look) })
}

func (p *page) timestamp() string {
	p.t.Helper()
	return eval[string](p, `document.querySelector('#timestamp').value`)
}
