package sqlstore

import (
	"context"
	"errors"
	"testing"

	"csrd/csr"
)

// endless reads until it is interrupted, and says when it has begun.
func endless(begun func()) func(tx) error {
	return func(t tx) error {
		return t.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
			func(r row) error {
				if r.int(0) == 1000 {
					begun()
				}
				return nil
			})
	}
}

// A read ends with its caller, in the middle of a statement, and what it has
// read with reads again.
func TestAReadEndsWithItsCaller(t *testing.T) {
	s, err := Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 3 * len(s.db.(*sqliteEngine).readers.all) {
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.db.read(ctx, endless(cancel)); !errors.Is(err, csr.ErrUnavailable) {
			t.Errorf("a read whose caller went away ends with %v", err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("the next read fails: %v", err)
		}
	}
}

// No read begins for a caller who has gone away already.
func TestNoReadBeginsAfterItsCallersEnd(t *testing.T) {
	s, err := Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		err := s.db.read(ctx, func(tx) error { t.Error("it begins"); return nil })
		if !errors.Is(err, csr.ErrUnavailable) {
			t.Errorf("it ends with %v", err)
		}
	}
}

// Close waits for no read to come to its end by itself, and none begins after it.
func TestCloseEndsReads(t *testing.T) {
	s, err := Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	begun, ended := make(chan struct{}), make(chan error)
	go func() { ended <- s.db.read(t.Context(), endless(func() { close(begun) })) }()
	<-begun
	closing := make(chan error)
	go func() { closing <- s.Close() }()
	if err := <-ended; !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("the read ends with %v", err)
	}
	if err := <-closing; err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("a read after Close ends with %v", err)
	}
}
