package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/pressly/goose/v3"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const migrationDir = "migration/sqlite"

// migrationVersions returns the numbers of the migrations, in order.
func migrationVersions(t *testing.T) (versions []int64) {
	t.Helper()
	files, err := os.ReadDir(migrationDir)
	must(t, err)
	for i, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version != int64(i+1) || !strings.HasSuffix(file.Name(), ".sql") {
			t.Fatalf("the migration %s is not number %d", file.Name(), i+1)
		}
		versions = append(versions, version)
	}
	if len(versions) == 0 {
		t.Fatal("there is no migration")
	}
	return versions
}

// schema returns what describes the schema of a store that is closed: the
// definitions, the numbers applied and the mark of the file.
func schema(t *testing.T, dir string) string {
	t.Helper()
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	defer func() { must(t, conn.Close()) }()
	var all strings.Builder
	for _, query := range []string{
		"SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name",
		"SELECT version_id FROM schema_version ORDER BY id",
		"PRAGMA application_id",
		"SELECT name || next FROM id_counter",
	} {
		must(t, sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			fmt.Fprintln(&all, stmt.ColumnText(0))
			return nil
		}}))
	}
	if got := ask(t, conn, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("the database is damaged: %s", got)
	}
	return all.String()
}

// migrateTo makes a store as an older csrd has it: with the migrations up to a
// number, 0 for none.
func migrateTo(t *testing.T, dir string, version int64) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlstore.DatabaseName))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(migrationDir),
		goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true))
	must(t, err)
	if version == 0 {
		_, err = provider.GetDBVersion(t.Context()) // makes goose's own table
	} else {
		_, err = provider.UpTo(t.Context(), version)
	}
	must(t, err)
}

func TestEveryMigrationAppliesFromEmpty(t *testing.T) {
	dir := t.TempDir()
	closed(t, serve(t, dir))
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	defer func() { must(t, conn.Close()) }()
	var applied []int64
	must(t, sqlitex.ExecuteTransient(conn, "SELECT version_id FROM schema_version WHERE is_applied AND version_id > 0 ORDER BY id",
		&sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			applied = append(applied, stmt.ColumnInt64(0))
			return nil
		}}))
	if want := migrationVersions(t); !slices.Equal(applied, want) {
		t.Errorf("applied are %v, want %v", applied, want)
	}
	if got := ask(t, conn, "PRAGMA application_id"); got != strconv.Itoa(0x63737264) {
		t.Errorf("the file has the mark %s, want that of csrd", got)
	}
}

// From whatever csrd a store is, and wherever its first start was cut off, it
// becomes what a new one is. Starting again changes nothing.
func TestStoresOfAllVersionsBecomeTheSame(t *testing.T) {
	fresh := t.TempDir()
	closed(t, serve(t, fresh))
	want := schema(t, fresh)
	for _, version := range append([]int64{0}, migrationVersions(t)...) {
		t.Run(fmt.Sprint("from ", version), func(t *testing.T) {
			dir := t.TempDir()
			migrateTo(t, dir, version)
			for range 2 {
				closed(t, serve(t, dir))
				if got := schema(t, dir); got != want {
					t.Errorf("the schema is\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}

// A store of a csrd that knew no users keeps its accounts and keys, as enabled
// as they were, and its keys are the root's.
func TestKeysFromBeforeThereWereUsersAreTheRoots(t *testing.T) {
	dir := t.TempDir()
	migrateTo(t, dir, 3)
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	must(t, sqlitex.ExecuteScript(conn, `INSERT INTO account VALUES (100000000001, 1000000);
		INSERT INTO access_key VALUES ('AKIDexample', 100000000001, x'0102', 7, 1, 2000000);
		INSERT INTO access_key VALUES ('AKIDoff', 100000000001, x'03', 1, 0, 3000000);`, nil))
	must(t, conn.Close())
	s := serve(t, dir)
	defer closed(t, s)
	accounts, err := s.Accounts(t.Context())
	want := []cam.Account{{Owner: owner, Name: "root", Enabled: true, CreateTime: time.Unix(1, 0).UTC()}}
	if err != nil || !slices.Equal(accounts, want) {
		t.Errorf("accounts %+v, %v, want %+v", accounts, err, want)
	}
	keys, err := s.AccessKeys(t.Context(), owner)
	if want := []cam.AccessKey{
		{SecretID: "AKIDexample", Owner: owner, SecretKey: csr.Sealed{1, 2}, Version: 7, Enabled: true, CreateTime: time.Unix(2, 0).UTC(), OwnerEnabled: true, UserEnabled: true},
		{SecretID: "AKIDoff", Owner: owner, SecretKey: csr.Sealed{3}, Version: 1, CreateTime: time.Unix(3, 0).UTC(), OwnerEnabled: true, UserEnabled: true},
	}; err != nil || !reflect.DeepEqual(keys, want) {
		t.Errorf("access keys\n%+v, %v\nwant\n%+v", keys, err, want)
	}
}
