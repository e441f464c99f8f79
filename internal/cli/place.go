package cli

import (
	"context"
	"errors"
	"os"

	"csrd/internal/sqlstore"

	"github.com/spf13/pflag"
)

const envDatabase = "CSRD_DATABASE"

// storePlace is where a store is: in a data directory, or in a database. The
// data directory has the files beside it, too, such as the master key.
type storePlace struct {
	data        string
	database    string // its URL; "" for the SQLite in the data directory
	connections int
}

func (p *storePlace) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&p.data, "data", "./data", "data directory")
	flags.StringVar(&p.database, "database", "", "PostgreSQL to keep the store in instead of the data directory: postgres://USER@HOST:5432/NAME, with libpq's options, as sslmode=verify-full, and several hosts with commas between; "+
		"a password goes into the environment, in this URL or in PGPASSWORD, or into ~/.pgpass")
}

// parse reads the URL of the database; nil where the store is in the data directory.
func (p *storePlace) parse() (*sqlstore.Database, error) {
	if p.database == "" {
		return nil, nil
	}
	if p.connections < 0 {
		return nil, usagef("--database-connections %d: it is a number of connections", p.connections)
	}
	d, err := sqlstore.ParseDatabase(p.database, p.connections)
	if err != nil {
		return nil, usagef("--database: %w", err)
	}
	if d.HasPassword && os.Getenv(envDatabase) != p.database {
		return nil, usagef("--database has a password, which everybody on this machine can see: put the URL into %s, or the password into PGPASSWORD or ~/.pgpass", envDatabase)
	}
	return d, nil
}

// serve opens the store for a server.
func (p *storePlace) serve(ctx context.Context) (*sqlstore.Store, error) {
	d, err := p.parse()
	switch {
	case err != nil:
		return nil, err
	case d != nil:
		return sqlstore.ServeDatabase(ctx, d)
	}
	return sqlstore.Serve(ctx, p.data)
}

// open opens the store for an operator's command.
func (p *storePlace) open(ctx context.Context) (*sqlstore.Store, error) {
	d, err := p.parse()
	switch {
	case err != nil:
		return nil, err
	case d != nil:
		return sqlstore.OpenDatabase(ctx, d)
	}
	return sqlstore.Open(ctx, p.data)
}

// explain says of an error what to do where the data directory is full.
func (p *storePlace) explain(err error) error {
	return sqlstore.ExplainFull(p.data, err)
}

// name is what the log calls the database, without a password; "" where the
// store is in the data directory.
func (p *storePlace) name() string {
	d, err := p.parse()
	if err != nil || d == nil {
		return ""
	}
	return d.String()
}

func withStore(ctx context.Context, place storePlace, f func(*sqlstore.Store) error) (err error) {
	store, err := place.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return f(store)
}
