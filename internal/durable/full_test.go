//go:build unix

package durable_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"csrd/internal/durable"
)

// smallFiles is set in a process in which no file can grow above 4 KiB.
const smallFiles = "CSRD_TEST_SMALL_FILES"

// A disk that is full in the middle of a file is played by a limit on the size
// of files. It holds for a process of its own: go test writes files too.
func TestWriteFileThatFindsNoSpaceKeepsTheOldFile(t *testing.T) {
	if path := os.Getenv(smallFiles); path != "" {
		writeAboveTheLimit(t, path)
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), smallFiles+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantFile(t, path, "old")
	wantOnly(t, dir, "secret")
}

func writeAboveTheLimit(t *testing.T, path string) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = 4096
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(path, make([]byte, 1<<20)); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("error %v, want %v", err, syscall.EFBIG)
	}
}
