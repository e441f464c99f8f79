package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"csrd/internal/durable"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	_ "modernc.org/sqlite" // the driver "sqlite" of database/sql, which goose needs
)

//go:embed migration/sqlite/*.sql migration/postgres/*.sql
var migrations embed.FS

// applicationID marks a SQLite file as csrd's; the first migration sets it.
const applicationID = 0x63737264

// versionTable is where goose keeps what was applied.
const versionTable = "schema_version"

// migrate brings the schema of a database up to date; an empty file becomes
// a database.
func migrate(ctx context.Context, path string) error {
	return withProvider(ctx, path, true, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
		return durable.SyncFolder(filepath.Dir(path))
	})
}

// checkSchema fails unless the schema is the one this program knows.
func checkSchema(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return errNoStore
	}
	return withProvider(ctx, path, false, func(p *goose.Provider) error {
		pending, err := p.HasPending(ctx)
		if err == nil && pending {
			err = errors.New("the store is of an older csrd: `csrd serve` brings it up to date")
		}
		return err
	})
}

// errForeign says that a database is not csrd's.
var errForeign = errors.New("the database belongs to another program: give another --data")

// errNoStore says that a data directory holds no store, or an empty one.
var errNoStore = fmt.Errorf("there is no csrd store here: `csrd serve` makes one: %w", fs.ErrNotExist)

// withProvider opens a database with goose, for as long as f runs. It refuses
// a file that is not csrd's, an empty one unless it is to be made a store, and
// a schema newer than the program.
func withProvider(ctx context.Context, path string, create bool, f func(*goose.Provider) error) (err error) {
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{
		"mode":    {"rw"},
		"_pragma": {"busy_timeout(5000)", "synchronous(full)", "foreign_keys(on)"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)

	var application int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return err
	}
	if application != applicationID {
		// goose makes its own table first: a first start may have ended there.
		var others int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT IN (?, 'sqlite_sequence')", versionTable).Scan(&others); err != nil {
			return err
		}
		switch {
		case application != 0 || others > 0:
			return errForeign
		case !create:
			return errNoStore
		}
	}

	// Only now: it changes the file.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = wal"); err != nil {
		return err
	}

	return withGoose(ctx, goose.DialectSQLite3, db, f)
}

// withGoose runs f with the migrations of a dialect, and refuses a schema newer
// than the program.
func withGoose(ctx context.Context, dialect goose.Dialect, db *sql.DB, f func(*goose.Provider) error, options ...goose.ProviderOption) error {
	folder := map[goose.Dialect]string{goose.DialectSQLite3: "migration/sqlite", goose.DialectPostgres: "migration/postgres"}[dialect]
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files,
		append(options, goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil && !errors.Is(err, database.ErrVersionNotFound) {
		return err
	}
	if current > target {
		return fmt.Errorf("the store has schema %d and this csrd knows %d: it was served by a newer csrd; run that one, or put back a copy made before", current, target)
	}
	return f(provider)
}
