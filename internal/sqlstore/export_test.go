package sqlstore

import (
	"context"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"csrd/csr"

	"zombiezen.com/go/sqlite"
)

// RowColumns are the columns of the table csr.
const RowColumns = rowColumns

// Writer runs f on the connection that writes.
func (s *Store) Writer(f func(*sqlite.Conn)) {
	db := s.db.(*sqliteEngine)
	conn := <-db.writer
	defer func() { db.writer <- conn }()
	f(conn)
}

// CreateMany creates CSRs in one transaction.
func (s *Store) CreateMany(ctx context.Context, many []*csr.CSR) error {
	return s.db.write(ctx, func(t tx) error {
		for _, c := range many {
			if _, err := t.create(c); err != nil {
				return err
			}
			c.Revision = 1
		}
		return nil
	})
}

// FillCounts is what a start does.
func (s *Store) FillCounts(ctx context.Context) error { return s.fillCounts(ctx) }

// Undivided is up to how many CSRs a list has no ranges.
const Undivided = undivided

// Readers runs f on every connection that reads.
func (s *Store) Readers(t testing.TB, f func(*sqlite.Conn)) {
	t.Helper()
	conns, release := s.takeReaders(t)
	defer release()
	for _, conn := range conns {
		f(conn)
	}
}

// HoldReaders keeps every connection that reads from reading.
func (s *Store) HoldReaders(t testing.TB) (release func()) {
	t.Helper()
	_, release = s.takeReaders(t)
	return release
}

func (s *Store) takeReaders(t testing.TB) (conns []*sqlite.Conn, release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	for range max(2, runtime.GOMAXPROCS(0)) { // the size of the pool
		conn, err := s.db.(*sqliteEngine).readers.Take(ctx)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	return conns, func() {
		cancel()
		for _, conn := range conns {
			s.db.(*sqliteEngine).readers.Put(conn)
		}
	}
}

// Statements returns the texts of the statements that a connection has run and
// keeps prepared. The library keeps them by text, and tells nobody.
func Statements(conn *sqlite.Conn) []string {
	var texts []string
	for _, key := range reflect.ValueOf(conn).Elem().FieldByName("stmts").MapKeys() {
		texts = append(texts, key.String())
	}
	slices.Sort(texts)
	return texts
}
