package sqlstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// openers are the two ways into a store.
var openers = map[string]func(context.Context, string) (*sqlstore.Store, error){
	"Serve": sqlstore.Serve,
	"Open":  sqlstore.Open,
}

// raw opens a database as another program does, and makes it where there is
// none.
func raw(t *testing.T, path string) *sqlite.Conn {
	t.Helper()
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	must(t, err)
	return conn
}

// script runs statements, which end in semicolons, on a database as another
// program does.
func script(t *testing.T, path, sql string) {
	t.Helper()
	conn := raw(t, path)
	defer func() { must(t, conn.Close()) }()
	for statement := range strings.SplitSeq(strings.TrimSuffix(sql, ";"), ";") {
		must(t, sqlitex.ExecuteTransient(conn, statement, nil))
	}
}

// files returns what a directory holds, but for the lock of the server.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	all := map[string][]byte{}
	for _, e := range entries {
		if e.Name() == "csrd.lock" {
			continue
		}
		all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
	}
	return all
}

// wantRefused fails unless a directory is refused, with texts in the error,
// and left as it was.
func wantRefused(t *testing.T, open func(context.Context, string) (*sqlstore.Store, error), dir string, texts ...string) error {
	t.Helper()
	before := files(t, dir)
	s, err := open(t.Context(), dir)
	if err == nil {
		closed(t, s)
		t.Error("it is taken")
	}
	for _, text := range texts {
		if !strings.Contains(fmt.Sprint(err), text) {
			t.Errorf("error %v, want one with %q", err, text)
		}
	}
	if after := files(t, dir); !maps.EqualFunc(before, after, bytes.Equal) {
		t.Errorf("the directory has changed:\n%s", changes(before, after))
	}
	return err
}

func changes(before, after map[string][]byte) string {
	var all strings.Builder
	for name, text := range before {
		if now, there := after[name]; !there {
			fmt.Fprintf(&all, "%s is gone\n", name)
		} else if !bytes.Equal(now, text) {
			first := 0
			for first < min(len(now), len(text)) && now[first] == text[first] {
				first++
			}
			fmt.Fprintf(&all, "%s: %d bytes are %d, the first to change is %d\n", name, len(text), len(now), first)
		}
	}
	for name := range after {
		if _, there := before[name]; !there {
			fmt.Fprintf(&all, "%s is new\n", name)
		}
	}
	return all.String()
}

// Whoever gives a wrong --data finds their own files as they were.
func TestForeignDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	const table = "CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('https://example.com');"
	for name, sql := range map[string]string{
		"with a table":                 table,
		"in WAL mode":                  "PRAGMA journal_mode = WAL;" + table,
		"with an id of its own":        "PRAGMA application_id = 252006673;" + table,
		"with a view alone":            "CREATE VIEW v AS SELECT 1;",
		"with a table as csrd's":       "CREATE TABLE account (id INTEGER PRIMARY KEY);",
		"with autoincrement":           "CREATE TABLE bookmark (id INTEGER PRIMARY KEY AUTOINCREMENT);",
		"with a version of its schema": "CREATE TABLE schema_version (v INTEGER);" + table,
	} {
		for way, open := range openers {
			t.Run(name+", "+way, func(t *testing.T) {
				dir := t.TempDir()
				script(t, filepath.Join(dir, sqlstore.DatabaseName), sql)
				wantRefused(t, open, dir, dir, "belongs to another program", "--data")
			})
		}
	}
}

func TestFileThatIsNoDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	for name, text := range map[string][]byte{
		"two bytes":         []byte("x\n"), // SQLite itself takes a file of one byte for an empty one
		"a line":            []byte("not a database\n"),
		"a hundred bytes":   bytes.Repeat([]byte("x"), 100),
		"many bytes":        bytes.Repeat([]byte("some text that somebody keeps\n"), 10_000),
		"zeros":             make([]byte, 8192),
		"a damaged header":  append([]byte("SQLite format 4\x00"), make([]byte, 8176)...),
		"a database's head": []byte("SQLite format 3\x00"),
	} {
		for way, open := range openers {
			t.Run(name+", "+way, func(t *testing.T) {
				dir := t.TempDir()
				must(t, os.WriteFile(filepath.Join(dir, sqlstore.DatabaseName), text, 0o600))
				wantRefused(t, open, dir, filepath.Join(dir, sqlstore.DatabaseName))
			})
		}
	}
}

func TestSchemaNewerThanTheProgramIsRefused(t *testing.T) {
	for way, open := range openers {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			closed(t, serve(t, dir))
			path := filepath.Join(dir, sqlstore.DatabaseName)
			script(t, path, "INSERT INTO schema_version (version_id, is_applied) VALUES (9999, 1);")
			wantRefused(t, open, dir, "schema 9999", "newer csrd")

			script(t, path, "DELETE FROM schema_version WHERE version_id = 9999;")
			s, err := open(t.Context(), dir)
			must(t, err)
			closed(t, s)
		})
	}
}

func TestOneServerADirectory(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	for range 2 { // the refused one leaves the lock where it is
		wantServed(t, dir)
	}
	// An operator's command works beside it, and both see what the other does.
	beside, err := sqlstore.Open(t.Context(), dir)
	must(t, err)
	addCSR(t, beside)
	addCSR(t, s)
	wantTotal(t, s, 2)
	wantTotal(t, beside, 2)
	closed(t, beside)
	wantServed(t, dir) // and closing it does not let the lock go
	must(t, s.Ping(t.Context()))
}

// wantServed fails unless a second server is told that there is one.
func wantServed(t *testing.T, dir string) {
	t.Helper()
	s, err := sqlstore.Serve(t.Context(), dir)
	if err == nil {
		closed(t, s)
	}
	if !strings.Contains(fmt.Sprint(err), "served by another csrd") || !strings.Contains(fmt.Sprint(err), dir) {
		t.Errorf("error %v, want that %s is served", err, dir)
	}
}

func TestDirectoryIsFreeAgainAfterClose(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		closed(t, serve(t, dir))
	}
	path := filepath.Join(dir, sqlstore.DatabaseName)
	script(t, path, "INSERT INTO schema_version (version_id, is_applied) VALUES (9999, 1);")
	if _, err := sqlstore.Serve(t.Context(), dir); err == nil {
		t.Fatal("a newer schema is taken")
	}
	script(t, path, "DELETE FROM schema_version WHERE version_id = 9999;")
	closed(t, serve(t, dir)) // a start that failed let the lock go too
}

func TestOpenMakesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, missing := range []string{dir, filepath.Join(dir, "missing")} {
		s, err := sqlstore.Open(t.Context(), missing)
		if err == nil {
			closed(t, s)
		}
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "csrd serve") || !strings.Contains(err.Error(), missing) {
			t.Errorf("error %v, want %v and what to do", err, fs.ErrNotExist)
		}
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("the directory holds %v", left)
	}
}

// A store before the first migration, as a start that was cut off leaves it.
func TestOpenChangesNoEmptyStore(t *testing.T) {
	for name, leave := range map[string]func(*testing.T, string){
		"an empty file": func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
		"an empty database": func(t *testing.T, path string) {
			script(t, path, "PRAGMA journal_mode = WAL; CREATE TABLE t (c); DROP TABLE t;")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			leave(t, filepath.Join(dir, sqlstore.DatabaseName))
			wantRefused(t, sqlstore.Open, dir, "no csrd store here", "csrd serve")
			closed(t, serve(t, dir))
			s, err := sqlstore.Open(t.Context(), dir)
			must(t, err)
			closed(t, s)
		})
	}
}

func TestFileInPlaceOfTheDirectoryIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	must(t, os.WriteFile(path, []byte("x"), 0o600))
	for way, open := range openers {
		s, err := open(t.Context(), path)
		if err == nil {
			closed(t, s)
		}
		if !strings.Contains(fmt.Sprint(err), path) {
			t.Errorf("%s: error %v, want one that names %s", way, err, path)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "x" {
		t.Errorf("the file holds %q with error %v", text, err)
	}
}
