package sqlstore_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// ask returns the one value that a statement gives.
func ask(t testing.TB, conn *sqlite.Conn, sql string) (value string) {
	t.Helper()
	rows := 0
	err := sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		rows++
		value = stmt.ColumnText(0)
		return nil
	}})
	if err != nil || rows != 1 {
		t.Fatalf("%s: %d rows with error %v, want one", sql, rows, err)
	}
	return value
}

// served returns a new store, which is closed at the end, and its directory.
func served(t *testing.T) (*sqlstore.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s := serve(t, dir)
	t.Cleanup(func() { closed(t, s) })
	return s, dir
}

func closed(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// The engine is C translated to Go, and works with the one version of its libc
// that it was made with: both are changed on purpose alone, and together.
func TestEngineIsTheOneThatWasTested(t *testing.T) {
	s, _ := served(t)
	s.Writer(func(conn *sqlite.Conn) {
		var major, minor, patch int
		version := ask(t, conn, "SELECT sqlite_version()")
		if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
			t.Fatal(err)
		}
		if number := major*1_000_000 + minor*1000 + patch; number < 3_054_001 {
			t.Errorf("SQLite is %s, want 3.54.1 or later", version)
		}
	})
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"modernc.org/sqlite v1.61.1", "modernc.org/libc v1.79.0", "zombiezen.com/go/sqlite v1.4.2"} {
		found := false
		for line := range strings.Lines(string(module)) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " //")
			found = found || line == want
		}
		if !found {
			t.Errorf("go.mod does not require %s", want)
		}
	}
	if strings.Contains(string(module), "replace") {
		t.Error("go.mod replaces a module")
	}
}

// What the promises of durability and of destroyed secrets rest on.
func TestPragmasAreInForceOnEveryConnection(t *testing.T) {
	s, _ := served(t)
	check := func(who string, conn *sqlite.Conn, readOnly string) {
		for pragma, want := range map[string]string{
			"journal_mode":  "wal",
			"synchronous":   "2", // FULL
			"foreign_keys":  "1",
			"secure_delete": "1",
			"temp_store":    "2", // MEMORY
			"busy_timeout":  "5000",
			"query_only":    readOnly,
		} {
			if got := ask(t, conn, "PRAGMA "+pragma); got != want {
				t.Errorf("%s: %s is %s, want %s", who, pragma, got, want)
			}
		}
	}
	s.Writer(func(conn *sqlite.Conn) { check("the writer", conn, "0") })
	readers := 0
	s.Readers(t, func(conn *sqlite.Conn) {
		readers++
		check(fmt.Sprintf("reader %d", readers), conn, "1")
	})
	if readers < 2 {
		t.Errorf("there are %d readers, want 2 at least", readers)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s, _ := served(t)
	s.Readers(t, func(conn *sqlite.Conn) {
		for _, sql := range []string{
			"INSERT INTO account (owner_uin, create_time) VALUES (1, 1)",
			"UPDATE id_counter SET next = 1",
			"DELETE FROM id_counter",
			"CREATE TABLE t (c)",
			"PRAGMA user_version = 1",
		} {
			if err := sqlitex.ExecuteTransient(conn, sql, nil); sqlite.ErrCode(err).ToPrimary() != sqlite.ResultReadOnly {
				t.Errorf("%s: error %v, want %v", sql, err, sqlite.ResultReadOnly)
			}
		}
	})
}

// Private keys, though sealed, are in these files.
func TestFilesAreTheirOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := serve(t, dir)
	defer closed(t, s)
	addAccount(t, s) // so that there is a WAL
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != fs.ModeDir|0o700 {
		t.Errorf("the directory has mode %v, want drwx------", mode)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode(); mode != 0o600 {
			t.Errorf("%s has mode %v, want -rw-------", e.Name(), mode)
		}
		found[e.Name()] = true
	}
	for _, name := range []string{"csrd.db", "csrd.db-wal", "csrd.db-shm", "csrd.lock"} {
		if !found[name] {
			t.Errorf("there is no %s among %v", name, found)
		}
	}
}

// A directory may have any name: none of its characters is for SQLite to read.
func TestDirectoryWithAnyName(t *testing.T) {
	for _, name := range []string{"with space", "a?mode=ro", "a%41", "a#b", "a&b=c", "file:x", "密", "'\"", ":memory:", "a+b"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			s := serve(t, dir)
			addAccount(t, s)
			closed(t, s)
			s, err := sqlstore.Open(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, s)
			if accounts, err := s.Accounts(t.Context()); err != nil || len(accounts) != 1 {
				t.Errorf("the accounts are %v with error %v, want one", accounts, err)
			}
		})
	}
	t.Run("relative", func(t *testing.T) {
		t.Chdir(t.TempDir())
		s := serve(t, "data")
		closed(t, s)
		if _, err := os.Stat("data/csrd.db"); err != nil {
			t.Error(err)
		}
	})
}
