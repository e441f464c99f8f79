package sqlstore_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"csrd/internal/sqlstore"
)

// The bubble of synctest does not end before every goroutine that was started
// in it, and panics when one never does.
func TestNoGoroutineOutlivesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for range 2 {
			s := serve(t, dir)
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			beside, err := sqlstore.Open(t.Context(), dir)
			must(t, err)
			if _, err := beside.NewID(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := sqlstore.Serve(t.Context(), dir); err == nil {
				t.Error("a second server is let in")
			}
			closed(t, beside)
			closed(t, s)
		}
	})
}

// After Close the database is one file, whole, that nobody holds.
func TestCloseLeavesOneFileAndHoldsNone(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	addAccount(t, s)
	addCSR(t, s)
	wantTotal(t, s, 1)
	if runtime.GOOS == "linux" && len(held(t, dir)) == 0 {
		t.Error("an open store holds no file: the test looks in the wrong place")
	}
	closed(t, s)
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if e.Name() != sqlstore.DatabaseName && e.Name() != "csrd.lock" {
			t.Errorf("%s is left", e.Name())
		}
	}
	for _, file := range held(t, dir) {
		t.Errorf("%s is still open", file)
	}
}

// held returns the files in a directory that this process has open, where the
// system tells.
func held(t *testing.T, dir string) (files []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, e := range entries {
		// What was open for the listing itself is gone.
		if file, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(file, dir) {
			files = append(files, file)
		}
	}
	return files
}
