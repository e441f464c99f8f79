package tc3_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"testing"

	"csrd/tc3"
)

// Whatever the header, parsing it does not panic, and what it accepts it can
// write again and parse to the same.
func FuzzParseAuthorization(f *testing.F) {
	f.Add(signedExample().Header.Get("Authorization"))
	f.Add("TC3-HMAC-SHA256  Credential=/2026-11-23/[::1]:8443/tc3_request,SignedHeaders=host;content-type,Signature=" +
		"0000000000000000000000000000000000000000000000000000000000000000")
	f.Add("SKIP")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := tc3.ParseAuthorization(header)
		if err != nil {
			var syntax *tc3.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error of type %T", err)
			}
			return
		}
		again, err := tc3.ParseAuthorization(a.String())
		if err != nil {
			t.Fatalf("%q is accepted, its own text %q is not: %v", header, a.String(), err)
		}
		if again.String() != a.String() || !slices.Equal(again.SignedHeaders, a.SignedHeaders) {
			t.Fatalf("%q parses to %q, that to %q", header, a, again)
		}
	})
}

// Whatever a request holds, its signature is accepted, and is not accepted for
// the request with one of the things changed that it covers.
func FuzzCanonicalRequest(f *testing.F) {
	f.Add(true, "ssl.example.test:8443", "application/json", "DescribeCSRSet", "", []byte(`{"Limit":2}`), byte(1))
	f.Add(false, "[::1]:9402", "application/x-www-form-urlencoded", "DescribeCSRSet", "Limit=2&Offset=0", []byte{}, byte(2))
	f.Fuzz(func(t *testing.T, post bool, host, contentType, action, query string, body []byte, change byte) {
		at := exampleTime
		build := func() *tc3.Request {
			r := &tc3.Request{Method: http.MethodGet, Host: host, RawQuery: query, Header: http.Header{}, Body: bytes.Clone(body)}
			if post {
				r.Method = http.MethodPost
			}
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("X-TC-Action", action)
			return r
		}
		r := build()
		tc3.Sign(r, tc3.Credential{SecretID: exampleID, SecretKey: exampleKey}, "ssl", at, "x-tc-action")
		verifier := tc3.NewVerifier()
		if _, err := verifier.Verify(t.Context(), at, r, lookup(exampleID, exampleKey)); err != nil {
			t.Fatalf("own signature refused: %v", err)
		}
		// A letter that no folding, trimming or port cutting turns back.
		switch change % 4 {
		case 0:
			r.Body = append(r.Body, 'x')
			if !post {
				r.RawQuery += "x"
			}
		case 1:
			r.Header.Set("X-TC-Action", action+"x")
		case 2:
			r.Header.Set("Content-Type", "x"+contentType)
		case 3:
			r.Host = "x" + r.Host
		}
		if _, err := verifier.Verify(t.Context(), at, r, lookup(exampleID, exampleKey)); !errors.Is(err, tc3.ErrMismatch) {
			t.Fatalf("changed request (%d): error %v, want %v", change%4, err, tc3.ErrMismatch)
		}
	})
}
