package sqlstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// dump returns all rows of all tables, as another process sees them.
func dump(t *testing.T, dir string) string {
	t.Helper()
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	defer func() { must(t, conn.Close()) }()
	var all strings.Builder
	rows := func(sql string) func(f func(*sqlite.Stmt) error) {
		return func(f func(*sqlite.Stmt) error) {
			must(t, sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{ResultFunc: f}))
		}
	}
	rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")(func(stmt *sqlite.Stmt) error {
		table := stmt.ColumnText(0)
		fmt.Fprintf(&all, "%s\n", table)
		rows("SELECT * FROM " + table)(func(stmt *sqlite.Stmt) error {
			for i := range stmt.ColumnCount() {
				fmt.Fprintf(&all, " %q", stmt.ColumnText(i))
			}
			all.WriteByte('\n')
			return nil
		})
		return nil
	})
	return all.String()
}

// writes are the changes of a store that need space. They work once each.
func writes(t *testing.T, s *sqlstore.Store) map[string]func() error {
	t.Helper()
	large := csr.Sealed(strings.Repeat("x", 1<<20))
	created, updated := newCSR(t, s), newCSR(t, s)
	updated.Status = csr.Draft
	must(t, s.Create(recorded(t, s), updated))
	created.PrivateKey, updated.PrivateKey = large, large
	const other = owner + 1
	beginChain(t, s, other)
	return map[string]func() error{
		"Create": func() error { return s.Create(recorded(t, s), created) },
		"Update": func() error { return s.Update(recorded(t, s), updated) },
		"CreateAccount": func() error {
			return s.CreateAccount(recorded(t, s), cam.Account{Owner: other}, cam.AccessKey{SecretID: "AKIDother", Owner: other, SecretKey: large})
		},
		"CreateKey": func() error {
			return s.CreateKey(recorded(t, s), cam.AccessKey{SecretID: "AKIDnext", Owner: owner, SecretKey: large, Enabled: true})
		},
		"CreatePolicy": func() error {
			return s.CreatePolicy(recorded(t, s), cam.Policy{Owner: owner, Name: "p", Document: string(large)})
		},
		"AddDataKey": func() error {
			return s.AddDataKey(t.Context(), seal.DataKey{Owner: owner, ID: seal.KeyID{2}, Wrapped: wrapped(string(large))})
		},
		"Rewrap": func() error {
			key := seal.DataKey{Owner: owner, ID: seal.KeyID{1}, Wrapped: wrapped(string(large))}
			return s.Rewrap(t.Context(), []seal.DataKey{{Owner: owner, ID: key.ID, Wrapped: wrapped("it")}}, []seal.DataKey{key})
		},
	}
}

// wantUnavailable fails unless each of the writes is told to be impossible now
// and changes nothing.
func wantUnavailable(t *testing.T, dir string, writes map[string]func() error, code sqlite.ResultCode) {
	t.Helper()
	before := dump(t, dir)
	for name, write := range writes {
		if err := write(); !errors.Is(err, csr.ErrUnavailable) || sqlite.ErrCode(err).ToPrimary() != code {
			t.Errorf("%s: error %v, want %v for %v", name, err, csr.ErrUnavailable, code)
		}
		if dump(t, dir) != before {
			t.Errorf("%s: it has changed the store", name)
		}
	}
}

func wantDone(t *testing.T, writes map[string]func() error) {
	t.Helper()
	for name, write := range writes {
		if err := write(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFullDiskChangesNothingAndPasses(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	writes := writes(t, s)
	s.Writer(func(conn *sqlite.Conn) { ask(t, conn, "PRAGMA max_page_count = "+ask(t, conn, "PRAGMA page_count")) })
	for range 3 { // and it stays so
		wantUnavailable(t, dir, writes, sqlite.ResultFull)
		wantTotal(t, s, 1) // what is there can be read
	}
	s.Writer(func(conn *sqlite.Conn) { ask(t, conn, "PRAGMA max_page_count = 1000000") })
	wantDone(t, writes)
	wantTotal(t, s, 2)
}

// lock holds the write lock of a database, as another process does, until
// release is called or the test ends.
func lock(t *testing.T, dir string) (release func()) {
	t.Helper()
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	must(t, sqlitex.ExecuteTransient(conn, "BEGIN IMMEDIATE", nil))
	release = sync.OnceFunc(func() {
		if err := errors.Join(sqlitex.ExecuteTransient(conn, "ROLLBACK", nil), conn.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}

func TestWriteWaitsForAnotherProcess(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	writes := writes(t, s)
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			release := lock(t, dir)
			done := make(chan error, 1)
			go func() { done <- write() }()
			for !waiting() {
				select {
				case err := <-done:
					t.Fatalf("it did not wait: %v", err)
				default:
					runtime.Gosched()
				}
			}
			wantTotalAtLeast(t, s, 1) // those who read do not wait
			release()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	wantTotal(t, s, 2)
}

// waiting reports whether a goroutine waits in SQLite for a lock.
func waiting() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "sqliteDefaultBusyCallback")
}

func wantTotalAtLeast(t *testing.T, s *sqlstore.Store, least int64) {
	t.Helper()
	list, err := s.List(t.Context(), owner, csr.Filter{}, csr.Page{Limit: 1})
	if err != nil || list.Total < least {
		t.Errorf("the list has %d CSRs with error %v, want %d at least", list.Total, err, least)
	}
}

func TestLockThatIsNotLetGoChangesNothingAndPasses(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	writes := writes(t, s)
	release := lock(t, dir)
	s.Writer(func(conn *sqlite.Conn) { conn.SetBusyTimeout(time.Millisecond) }) // five seconds otherwise
	wantUnavailable(t, dir, writes, sqlite.ResultBusy)
	release()
	wantDone(t, writes)
	wantTotal(t, s, 2)
}
