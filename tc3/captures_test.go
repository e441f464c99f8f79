package tc3_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"csrd/tc3"
)

const (
	capturedID  = "AKIDEXAMPLE0123456789abcdefghijklmno"
	capturedKey = "SKexample0123456789ABCDEFGHIJKLM"
)

func readCapture(t testing.TB, path string) *tc3.Request {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &tc3.Request{Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: body}
}

// What official SDKs sent is accepted; with any byte changed of what they
// signed it is not.
func TestCapturedRequestsOfOfficialSDKs(t *testing.T) {
	files, err := filepath.Glob("testdata/captures/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured request found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			r := readCapture(t, file)
			find := lookup(capturedID, capturedKey)
			at, err := tc3.ParseTimestamp(r.Header.Get("X-TC-Timestamp"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = tc3.NewVerifier().Verify(t.Context(), at, r, find)
			if strings.Contains(file, "skipsign") {
				var syntax *tc3.SyntaxError
				if !errors.As(err, &syntax) {
					t.Errorf("error %v, want a SyntaxError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range signedParts(r) {
				value := part.get()
				for i := range value {
					changed := []byte(value)
					changed[i] ^= 1
					part.set(string(changed))
					_, err := tc3.NewVerifier().Verify(t.Context(), at, r, find)
					var syntax *tc3.SyntaxError
					switch {
					case part.payload && !errors.Is(err, tc3.ErrMismatch),
						!errors.Is(err, tc3.ErrMismatch) && !errors.Is(err, tc3.ErrExpired) && !errors.Is(err, errNoKey) && !errors.As(err, &syntax):
						t.Fatalf("%s, byte %d changed to %q: error %v", part.name, i, changed, err)
					}
				}
				part.set(value)
			}
			if _, err := tc3.NewVerifier().Verify(t.Context(), at, r, find); err != nil {
				t.Fatalf("with nothing changed any more: %v", err)
			}
		})
	}
}

// signedPart is a part of a request that TC3 signs.
type signedPart struct {
	name    string
	payload bool // nothing but the signature speaks for it
	get     func() string
	set     func(string)
}

// signedParts lists what TC3 signs as SDKs use it: the method, the query of a
// GET or the body, content-type and host, the timestamp and the scope. Of the
// port the Node SDKs sign nothing, and of the action, the version, the region
// and the token no SDK does.
func signedParts(r *tc3.Request) []signedPart {
	header := func(name string) signedPart {
		return signedPart{name: name, get: func() string { return r.Header.Get(name) }, set: func(v string) { r.Header.Set(name, v) }}
	}
	hostname, port, _ := strings.Cut(r.Host, ":")
	parts := []signedPart{
		header("Content-Type"), header("X-TC-Timestamp"), header("Authorization"),
		{name: "method", payload: true, get: func() string { return r.Method }, set: func(v string) { r.Method = v }},
		{name: "host", payload: true, get: func() string { return hostname }, set: func(v string) {
			r.Host = v
			if port != "" {
				r.Host += ":" + port
			}
		}},
	}
	switch {
	case r.Header.Get("X-TC-Content-SHA256") == tc3.UnsignedPayload:
		parts = append(parts, header("X-TC-Content-SHA256"))
	case r.Method == http.MethodGet:
		parts = append(parts, signedPart{"query", true, func() string { return r.RawQuery }, func(v string) { r.RawQuery = v }})
	default:
		parts = append(parts, signedPart{"body", true, func() string { return string(r.Body) }, func(v string) { r.Body = []byte(v) }})
	}
	return parts
}
