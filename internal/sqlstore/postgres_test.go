package sqlstore_test

import (
	"os"
	"testing"

	"csrd/internal/pgtest"
	"csrd/internal/sqlstore"
	"csrd/internal/storetest"
)

var postgres pgtest.Server

func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }

func parse(t testing.TB, url string) *sqlstore.Database {
	t.Helper()
	d, err := sqlstore.ParseDatabase(url, 0)
	must(t, err)
	return d
}

// serveDatabase opens the store in a database for a server.
func serveDatabase(t testing.TB, url string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.ServeDatabase(t.Context(), parse(t, url))
	must(t, err)
	return s
}

func TestConformanceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store { return serveDatabase(t, postgres.In(t, dir)) })
}
