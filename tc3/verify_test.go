package tc3_test

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"csrd/tc3"
)

// The worked example of the API page "Signature v3", signed with the key whose
// tail the page masks.
const (
	exampleID   = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
	exampleKey  = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
	exampleBody = `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
)

var exampleTime = time.Unix(1551113065, 0)

func exampleRequest() *tc3.Request {
	return &tc3.Request{
		Method: http.MethodPost,
		Host:   "cvm.tencentcloudapi.com",
		Header: http.Header{
			"Content-Type": {"application/json; charset=utf-8"},
			"X-Tc-Action":  {"DescribeInstances"},
		},
		Body: []byte(exampleBody),
	}
}

var errNoKey = errors.New("no such key")

func lookup(id, secret string) tc3.Lookup {
	return func(_ context.Context, secretID string) (tc3.Key, error) {
		if secretID != id {
			return tc3.Key{}, errNoKey
		}
		return tc3.Key{Version: 1, Secret: func() (string, error) { return secret, nil }}, nil
	}
}

func TestSignGivesTheDocumentedSignature(t *testing.T) {
	for _, test := range []struct {
		name, key string
		extra     []string
		want      string
	}{
		{"content-type and host", exampleKey, nil, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"},
		{"the page's masked key taken literally", "Gu5t9xGARNpq86cd98joQYCN3*******", nil, "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := exampleRequest()
			tc3.Sign(r, tc3.Credential{SecretID: exampleID, SecretKey: test.key}, "cvm", exampleTime, test.extra...)
			a, err := tc3.ParseAuthorization(r.Header.Get("Authorization"))
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(a.Signature[:]); got != test.want {
				t.Errorf("signature %s, want %s", got, test.want)
			}
		})
	}
}

// The page's demos sign x-tc-action too, and its value in lower case.
func TestVerifyAcceptsLowerCasedValues(t *testing.T) {
	r := exampleRequest()
	r.Header.Set("X-TC-Timestamp", "1551113065")
	r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+exampleID+"/2019-02-25/cvm/tc3_request, "+
		"SignedHeaders=content-type;host;x-tc-action, Signature=644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26")
	if _, err := tc3.NewVerifier().Verify(t.Context(), exampleTime, r, lookup(exampleID, exampleKey)); err != nil {
		t.Error(err)
	}
}

func signedExample() *tc3.Request {
	r := exampleRequest()
	tc3.Sign(r, tc3.Credential{SecretID: exampleID, SecretKey: exampleKey}, "cvm", exampleTime, "x-tc-action")
	return r
}

func TestVerifyRefuses(t *testing.T) {
	replace := func(old, new string) func(*tc3.Request) {
		return func(r *tc3.Request) {
			h := r.Header.Get("Authorization")
			if !strings.Contains(h, old) {
				panic("the test replaces nothing: " + old)
			}
			r.Header.Set("Authorization", strings.Replace(h, old, new, 1))
		}
	}
	set := func(name, value string) func(*tc3.Request) {
		return func(r *tc3.Request) { r.Header.Set(name, value) }
	}
	for _, test := range []struct {
		name   string
		now    time.Duration // after the signing
		change func(*tc3.Request)
		want   error  // by errors.Is, or
		part   string // of a SyntaxError
	}{
		{name: "another body", change: func(r *tc3.Request) { r.Body = append(r.Body, ' ') }, want: tc3.ErrMismatch},
		{name: "another host", change: func(r *tc3.Request) { r.Host = "ssl.tencentcloudapi.com" }, want: tc3.ErrMismatch},
		{name: "another content type", change: set("Content-Type", "application/json"), want: tc3.ErrMismatch},
		{name: "another action, when it is signed", change: set("X-TC-Action", "TerminateInstances"), want: tc3.ErrMismatch},
		{name: "another timestamp", change: set("X-TC-Timestamp", "1551113066"), want: tc3.ErrMismatch},
		{name: "another method", change: func(r *tc3.Request) { r.Method = http.MethodGet }, want: tc3.ErrMismatch},
		{name: "another service", change: replace("/cvm/", "/ssl/"), want: tc3.ErrMismatch},
		{name: "a signed header dropped from the list", change: replace(";x-tc-action", ""), want: tc3.ErrMismatch},
		{name: "unknown SecretId", change: replace(exampleID, "AKIDother"), want: errNoKey},
		{name: "empty SecretId", change: replace(exampleID, ""), want: errNoKey},
		{name: "301 seconds late", now: 301 * time.Second, want: tc3.ErrExpired},
		{name: "301 seconds early", now: -301 * time.Second, want: tc3.ErrExpired},
		{name: "timestamp beyond any clock", change: set("X-TC-Timestamp", "1099511627775"), want: tc3.ErrExpired},
		{name: "date of the day before", change: replace("2019-02-25", "2019-02-24"), part: "`Date` in Credential"},
		{name: "date that is none", change: replace("2019-02-25", "2019-02-31"), part: "`Date` in Credential"},
		{name: "no timestamp", change: set("X-TC-Timestamp", ""), part: "X-TC-Timestamp"},
		{name: "signed number as timestamp", change: set("X-TC-Timestamp", "+1551113065"), part: "X-TC-Timestamp"},
		{name: "no Authorization", change: set("Authorization", ""), part: "Algorithm"},
		{name: "SKIP", change: set("Authorization", "SKIP"), part: "Algorithm"},
		{name: "another algorithm", change: replace("TC3-HMAC-SHA256 ", "TC3-HMAC-SHA512 "), part: "Algorithm"},
		{name: "no scope", change: replace("/2019-02-25/cvm/tc3_request", ""), part: "Credential"},
		{name: "scope without its end", change: replace("tc3_request", "aws4_request"), part: "Credential"},
		{name: "empty service", change: replace("/cvm/", "//"), part: "`Service` in Credential"},
		{name: "host not signed", change: replace("content-type;host;", "content-type;"), part: "SignedHeaders"},
		{name: "content-type not signed", change: replace("content-type;host;", "host;"), part: "SignedHeaders"},
		{name: "header signed twice", change: replace("content-type;host;", "content-type;host;host;"), part: "SignedHeaders"},
		{name: "upper-case header name", change: replace("host;", "Host;"), part: "SignedHeaders"},
		{name: "seventeen signed headers", change: replace("host;", "host;a;b;c;d;e;f;g;h;i;j;k;l;m;n;"), part: "SignedHeaders"},
		{name: "short signature", change: func(r *tc3.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", h[:len(h)-1])
		}, part: "Signature"},
		{name: "upper-case signature", change: func(r *tc3.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", h[:len(h)-64]+strings.ToUpper(h[len(h)-64:]))
		}, part: "Signature"},
		{name: "field given twice", change: replace("SignedHeaders=", "SignedHeaders=content-type;host, SignedHeaders="), part: "Authorization"},
		{name: "unknown field", change: replace("SignedHeaders=", "Extra=1, SignedHeaders="), part: "Authorization"},
		{name: "no signature", change: replace(", Signature=", ", "), part: "Authorization"},
		{name: "header of 3 KB", change: replace("/cvm/", "/"+strings.Repeat("s", 3000)+"/"), part: "Authorization"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := signedExample()
			if test.change != nil {
				test.change(r)
			}
			_, err := tc3.NewVerifier().Verify(t.Context(), exampleTime.Add(test.now), r, lookup(exampleID, exampleKey))
			var syntax *tc3.SyntaxError
			switch {
			case test.part != "":
				if !errors.As(err, &syntax) || syntax.Part != test.part {
					t.Errorf("error %v, want a SyntaxError of %s", err, test.part)
				}
			case !errors.Is(err, test.want):
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestVerifyAcceptsWhatClientsVary(t *testing.T) {
	for _, test := range []struct {
		name   string
		now    time.Duration
		change func(*tc3.Request)
	}{
		{name: "as signed"},
		{name: "300 seconds late", now: 300 * time.Second},
		{name: "300 seconds early", now: -300 * time.Second},
		{name: "two spaces after the algorithm (.NET)", change: func(r *tc3.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), " ", "  ", 1))
		}},
		{name: "no space after the commas", change: func(r *tc3.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))
		}},
		{name: "a port that was not signed (Node)", change: func(r *tc3.Request) { r.Host += ":8443" }},
		{name: "a path that was not signed (Go)", change: func(r *tc3.Request) { r.Path = "/gw/api" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := signedExample()
			if test.change != nil {
				test.change(r)
			}
			a, err := tc3.NewVerifier().Verify(t.Context(), exampleTime.Add(test.now), r, lookup(exampleID, exampleKey))
			if err != nil {
				t.Fatal(err)
			}
			if a.SecretID != exampleID || a.Service != "cvm" {
				t.Errorf("verified as %s for %s", a.SecretID, a.Service)
			}
		})
	}
}

func TestSignedUnsignedPayloadIsVerifiedWithoutTheBody(t *testing.T) {
	r := exampleRequest()
	r.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")
	tc3.Sign(r, tc3.Credential{SecretID: exampleID, SecretKey: exampleKey}, "cvm", exampleTime)
	r.Body = []byte("{}")
	if _, err := tc3.NewVerifier().Verify(t.Context(), exampleTime, r, lookup(exampleID, exampleKey)); err != nil {
		t.Error(err)
	}
	r.Header.Del("X-TC-Content-SHA256")
	if _, err := tc3.NewVerifier().Verify(t.Context(), exampleTime, r, lookup(exampleID, exampleKey)); !errors.Is(err, tc3.ErrMismatch) {
		t.Errorf("error %v without the header, want %v", err, tc3.ErrMismatch)
	}
}

func TestDerivedKeyIsRememberedOnlyForAProvenCaller(t *testing.T) {
	derived := 0
	version := int64(1)
	known := true
	find := func(context.Context, string) (tc3.Key, error) {
		if !known {
			return tc3.Key{}, errNoKey
		}
		return tc3.Key{Version: version, Secret: func() (string, error) { derived++; return exampleKey, nil }}, nil
	}
	verifier := tc3.NewVerifier()
	verify := func(r *tc3.Request) error {
		_, err := verifier.Verify(t.Context(), exampleTime, r, find)
		return err
	}
	check := func(what string, err, want error, secrets int) {
		t.Helper()
		if !errors.Is(err, want) || derived != secrets {
			t.Errorf("%s: error %v after %d derivations, want %v after %d", what, err, derived, want, secrets)
		}
	}
	forged := signedExample()
	forged.Body = []byte("{}")

	check("forged", verify(forged), tc3.ErrMismatch, 1)
	check("forged again", verify(forged), tc3.ErrMismatch, 2)
	check("first good one", verify(signedExample()), nil, 3)
	check("second good one", verify(signedExample()), nil, 3)
	check("forged, key remembered", verify(forged), tc3.ErrMismatch, 3)
	version = 2
	check("key replaced", verify(signedExample()), nil, 4)
	known = false
	check("key disabled", verify(signedExample()), errNoKey, 4)
	known = true
	check("key enabled again", verify(signedExample()), nil, 5)
}

func TestServicesOfOneCallerStayBounded(t *testing.T) {
	verifier := tc3.NewVerifier()
	derived := 0
	find := func(context.Context, string) (tc3.Key, error) {
		return tc3.Key{Version: 1, Secret: func() (string, error) { derived++; return exampleKey, nil }}, nil
	}
	for i := range 100 {
		r := exampleRequest()
		tc3.Sign(r, tc3.Credential{SecretID: exampleID, SecretKey: exampleKey}, strings.Repeat("s", i+1), exampleTime)
		for range 2 {
			if _, err := verifier.Verify(t.Context(), exampleTime, r, find); err != nil {
				t.Fatal(err)
			}
		}
	}
	if derived != 100 {
		t.Errorf("%d derivations for 100 services seen twice each, want 100", derived)
	}
	if scopes := verifier.RememberedScopes(exampleID); scopes > 8 {
		t.Errorf("%d scopes remembered for one SecretId, want at most 8", scopes)
	}
}

func TestCredentialNeverPrintsItsSecretKey(t *testing.T) {
	c := tc3.Credential{SecretID: "id", SecretKey: "topsecret"}
	for _, text := range []string{c.String(), c.GoString()} {
		if strings.Contains(text, "topsecret") {
			t.Errorf("%q shows the SecretKey", text)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, test := range []struct {
		name     string
		verifier func() *tc3.Verifier
	}{
		{"derived key remembered", func() func() *tc3.Verifier { v := tc3.NewVerifier(); return func() *tc3.Verifier { return v } }()},
		{"derived each time", tc3.NewVerifier},
	} {
		b.Run(test.name, func(b *testing.B) {
			r := signedExample()
			find := lookup(exampleID, exampleKey)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := test.verifier().Verify(b.Context(), exampleTime, r, find); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
