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

// What official SDKs sent is accepted; with any byte of the body or of the
// query changed it is not.
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
			if r.Header.Get("X-TC-Content-SHA256") == tc3.UnsignedPayload {
				return
			}
			signed := &r.Body
			if r.Method == http.MethodGet {
				query := []byte(r.RawQuery)
				signed = &query
			}
			verifier := tc3.NewVerifier()
			for i := range *signed {
				(*signed)[i] ^= 1
				if r.Method == http.MethodGet {
					r.RawQuery = string(*signed)
				}
				if _, err := verifier.Verify(t.Context(), at, r, find); !errors.Is(err, tc3.ErrMismatch) {
					t.Fatalf("byte %d changed: error %v, want %v", i, err, tc3.ErrMismatch)
				}
				(*signed)[i] ^= 1
			}
		})
	}
}
