package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// lockPatience is how many seconds a csrd waits while another one migrates.
const lockPatience = 600

// errForeignTables says that a database is not csrd's.
var errForeignTables = errors.New("the database has tables of another program: give csrd a database of its own, or a schema with search_path in the URL")

// MigrateDatabase brings the schema of a database up to date, under a lock that
// one process has at a time; an empty database becomes a store. An error says
// what to do.
func MigrateDatabase(ctx context.Context, d *Database) error {
	err := d.withProvider(ctx, true, func(p *goose.Provider) error {
		current, target, err := p.GetVersions(ctx)
		if err != nil {
			return err
		}
		if current == target {
			return nil // without the lock
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
		return nil
	})
	if err != nil {
		return d.explain(err)
	}
	return nil
}

// checkSchema fails unless the schema is the one this program knows.
func (d *Database) checkSchema(ctx context.Context) error {
	return d.withProvider(ctx, false, func(p *goose.Provider) error {
		pending, err := p.HasPending(ctx)
		if err == nil && pending {
			err = errors.New("the store is of an older csrd: `csrd migrate` or `csrd serve` brings it up to date")
		}
		return err
	})
}

// withProvider opens a database with goose, for as long as f runs. It refuses a
// schema with tables of others, an empty one unless it is to be made a store,
// and one newer than the program.
func (d *Database) withProvider(ctx context.Context, create bool, f func(*goose.Provider) error) (err error) {
	db := stdlib.OpenDB(*d.config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	var ours, others int64
	err = db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE table_name = 'csr_counter'), count(*) FILTER (WHERE table_name <> $1)
		FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`, versionTable).Scan(&ours, &others)
	switch {
	case err != nil:
		return err
	case ours == 0 && others > 0:
		return errForeignTables
	case ours == 0 && !create:
		return errNoStore
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockPatience))
	if err != nil {
		return err
	}
	return withGoose(ctx, goose.DialectPostgres, db, f, goose.WithSessionLocker(locker))
}
