package sqlstore_test

import (
	"testing"

	"csrd/internal/sqlstore"
	"csrd/internal/storetest"
)

func serve(t *testing.T, dir string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Serve(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever runs in a transaction may be undone and run again.
func TestConformanceWhereWritesRunTwice(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		s := serve(t, dir)
		s.Twice()
		return s
	})
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store { return serve(t, dir) })
}
