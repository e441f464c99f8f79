package sqlstore

import (
	"context"
	"fmt"
	"reflect"
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

// ForgetRanges has counts of ranges read anew.
func (s *Store) ForgetRanges() { s.ranges.of = nil }

// HoldReaders keeps every connection that reads from reading.
func (s *Store) HoldReaders(t testing.TB) (release func()) {
	t.Helper()
	_, release = s.takeReaders(t)
	return release
}

func (s *Store) takeReaders(t testing.TB) (conns []*sqlite.Conn, release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	puts := []func(){cancel}
	readers := s.db.(*sqliteEngine).readers
	for range readers.all {
		conn, put, err := readers.take(ctx)
		if err != nil {
			t.Fatal(err)
		}
		conns, puts = append(conns, conn), append(puts, put)
	}
	return conns, func() {
		for _, f := range puts {
			f()
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

// CopiedColumns lists what a copy takes: of each table its columns, the primary
// key in front, as SQLite's PRAGMA table_info has them.
func CopiedColumns() map[string][]string {
	copied := map[string][]string{}
	for _, t := range tables() {
		for i, c := range t.columns {
			form := c.name + map[kind]string{kindInteger: " BIGINT", kindText: " TEXT", kindBytes: " BLOB"}[c.kind]
			if i < t.key {
				form += fmt.Sprint(" KEY ", i+1)
			}
			if !c.null {
				form += " NOT NULL"
			}
			copied[t.name] = append(copied[t.name], form)
		}
	}
	return copied
}

// PageRows is how many rows are copied in one transaction.
const PageRows = pageRows
