package cli

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// requestFiles makes a directory of CSRs.
func requestFiles(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"a.example.com"}}, key)
		if err != nil {
			t.Fatal(err)
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.csr", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// importFrom imports a directory at a server that answers each call as answer
// says, and returns what was printed and the error.
func importFrom(ctx context.Context, t *testing.T, dir string, set importSetting, answer func(call int) string) (string, error) {
	t.Helper()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		fmt.Fprintf(w, `{"Response": {%s, "RequestId": "r"}}`, answer(calls))
	}))
	defer server.Close()
	t.Setenv(envSecretKey, "secret")
	set.client.endpoint, set.client.secretID, set.client.timeout = server.URL, "id", importTimeout
	var out bytes.Buffer
	err := importAll(ctx, streams{strings.NewReader(""), &out, &out}, &set, []string{dir})
	return out.String(), err
}

const (
	importTimeout = time.Minute
	recorded      = `"Id": 7, "SameKey": []`
	busy          = `"Error": {"Code": "ServiceUnavailable", "Message": "busy"}`
)

func TestAnInterruptedImportSaysHowFarItCameAndHowToGoOn(t *testing.T) {
	dir := requestFiles(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := importFrom(ctx, t, dir, importSetting{}, func(call int) string {
		if call == 2 {
			cancel()
		}
		return recorded
	})
	if err == nil || !strings.HasSuffix(err.Error(), "of 3 CSRs were imported or refused before this: context canceled; import the same again to go on") {
		t.Errorf("it ended with %v", err)
	}
	if !strings.Contains(out, "0.csr") || !strings.Contains(out, " imported.") || strings.Contains(out, "2.csr") {
		t.Errorf("it prints\n%s", out)
	}

	out, err = importFrom(ctx, t, dir, importSetting{}, func(int) string { return recorded })
	if err == nil || err.Error() != "nothing was imported: context canceled" || out != "" {
		t.Errorf("interrupted while it reads, it ended with %v and prints\n%s", err, out)
	}
}

func TestAFileOfTooManyBlocksIsRefusedWhole(t *testing.T) {
	dir := requestFiles(t, 1)
	one, err := os.ReadFile(filepath.Join(dir, "0.csr"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "many.pem"), bytes.Repeat(one, 101), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := importFrom(t.Context(), t, dir, importSetting{}, func(int) string { return recorded })
	if err == nil || !strings.Contains(out, "many.pem: it has more than 100 PEM blocks\n") || !strings.Contains(out, "\n1 imported, 1 refused.") {
		t.Errorf("it ended with %v and prints\n%s", err, out)
	}
}

func TestAnImportWaitsForABusyServerAndNotForEver(t *testing.T) {
	dir := requestFiles(t, 2)
	out, err := importFrom(t.Context(), t, dir, importSetting{patience: importTimeout}, func(call int) string {
		if call == 1 {
			return busy
		}
		return recorded
	})
	if err != nil || !strings.Contains(out, "2 imported.") {
		t.Errorf("it ended with %v and prints\n%s", err, out)
	}
	out, err = importFrom(t.Context(), t, dir, importSetting{}, func(call int) string {
		if call > 1 {
			return busy
		}
		return recorded
	})
	if err == nil || !strings.HasPrefix(err.Error(), "1 of 2 CSRs were imported or refused before this: ServiceUnavailable") || !strings.Contains(out, "1 imported.") {
		t.Errorf("without patience it ended with %v and prints\n%s", err, out)
	}
}
