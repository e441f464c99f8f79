package sqlstore_test

import (
	"testing"

	"csrd/csr"
	"csrd/internal/sqlstore"
)

// A server that knows a version asks again when another process has written,
// even in the moment before.
func TestVersionIsNewAfterAnotherProcessWrote(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	other, err := sqlstore.Open(t.Context(), dir)
	must(t, err)
	defer func() { must(t, other.Close()) }()
	for i := range int64(50) {
		addCSR(t, other)
		version, err := s.Version(t.Context(), owner)
		must(t, err)
		listing, err := other.List(t.Context(), owner, csr.Filter{}, csr.Page{Limit: 1})
		must(t, err)
		if version != listing.Version || version != i+1 {
			t.Fatalf("after %d writes the version is %d, the other process says %d", i+1, version, listing.Version)
		}
	}
}

// While nothing is written a version costs no statement.
func TestVersionIsKeptWhileNothingIsWritten(t *testing.T) {
	s, _ := served(t)
	addAccount(t, s)
	addCSR(t, s)
	want, err := s.Version(t.Context(), owner)
	must(t, err)
	release := s.HoldReaders(t)
	defer release()
	got, err := s.Version(t.Context(), owner) // waits for ever where it reads
	must(t, err)
	if got != want {
		t.Errorf("the version is %d, want %d", got, want)
	}
}
