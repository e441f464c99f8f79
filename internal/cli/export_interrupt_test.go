//go:build unix

package cli

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"csrd/csr"
)

// Whoever interrupts an export while the key is encrypted finds no file of it.
func TestAnInterruptedExportWritesNothing(t *testing.T) {
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := csr.MarshalPrivateKey(signer, "")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(map[string]any{"Response": map[string]string{"Domain": "www.example.com", "CSR": "a CSR", "PrivateKey": string(key), "RequestId": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	defer server.Close()
	t.Setenv(envSecretKey, "a SecretKey")
	dir := t.TempDir()
	pipe, out := filepath.Join(dir, "password"), filepath.Join(dir, "out")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupted")
	done := make(chan error, 1)
	go func() {
		c := &client{endpoint: server.URL, secretID: "AKIDEXAMPLE", timeout: time.Minute}
		set := &exportSetting{id: 1, out: out, format: formatPKCS8, password: passwordSetting{file: pipe}}
		done <- export(ctx, c, set, streams{nil, io.Discard, io.Discard})
	}()
	typing, err := os.OpenFile(pipe, os.O_WRONLY, 0) // when it asks for the password, it has the key
	if err != nil {
		t.Fatal(err)
	}
	cancel(interrupt)
	if _, err := typing.WriteString("p4ssword\n"); err != nil {
		t.Fatal(err)
	}
	typing.Close()
	if err := <-done; !errors.Is(err, interrupt) {
		t.Errorf("%v, want that it was interrupted", err)
	}
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}
