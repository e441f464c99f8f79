// Package sqlstore keeps csrd's data in SQL: in the embedded SQLite, in WAL mode
// with every commit synced, or in a PostgreSQL. It implements the stores that
// the packages csr, cam, seal and audit ask for.
package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/durable"
	"csrd/internal/seal"

	"github.com/gofrs/flock"
)

// DatabaseName is the database's file in the data directory.
const DatabaseName = "csrd.db"

// lockName is the file that the server of a data directory holds locked.
const lockName = "csrd.lock"

// Store is a store in a data directory or in a database. It is safe for
// concurrent use.
type Store struct {
	db   engine
	lock *flock.Flock // of the data directory; nil beside a running server, and in a database

	versions kept[csr.Owner, moment, int64]
	keys     kept[string, moment, cam.AccessKey] // by SecretId
	ranges   keptRanges

	ids struct {
		sync.Mutex
		next, end int64 // what is left of the block of ids
	}
}

var (
	_ audit.Store        = (*Store)(nil)
	_ csr.Store          = (*Store)(nil)
	_ cam.Store          = (*Store)(nil)
	_ cam.TokenStore     = (*Store)(nil)
	_ seal.RotationStore = (*Store)(nil)
)

func newStore(db engine) *Store {
	s := &Store{db: db}
	s.versions.most, s.keys.most, s.ranges.most = maxKept, maxKept, maxRanges
	return s
}

// Serve opens the store in a data directory for its one server: it makes the
// directory and the database where there is none, brings the schema up to
// date, and fails when another server is at it. An error says what to do.
func Serve(ctx context.Context, dir string) (*Store, error) {
	s, err := OpenTarget(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, ready := range []func(context.Context) error{s.refuseHalfCopied, s.fillCounts, s.fillSPKI} {
		if err := ready(ctx); err != nil {
			return nil, explain(dir, cmp.Or(err, s.Close()))
		}
	}
	return s, nil
}

// OpenTarget is Serve for a [Copying] that makes the store another one's copy,
// or goes on to.
func OpenTarget(ctx context.Context, dir string) (*Store, error) {
	if err := durable.MakeFolder(dir); err != nil {
		return nil, explain(dir, err)
	}
	if err := makeDatabase(filepath.Join(dir, DatabaseName)); err != nil {
		return nil, explain(dir, err)
	}
	return openLocked(ctx, dir, migrate)
}

// OpenSource opens the store in a data directory for a [Copying] that reads it,
// and for nobody to serve it meanwhile. An error says what to do.
func OpenSource(ctx context.Context, dir string) (*Store, error) {
	if err := checkSchema(ctx, filepath.Join(dir, DatabaseName)); err != nil {
		return nil, explain(dir, err) // before a lock is made where there is no store
	}
	s, err := openLocked(ctx, dir, checkSchema)
	if err != nil {
		return nil, err
	}
	if err := s.refuseHalfCopied(ctx); err != nil {
		return nil, explain(dir, cmp.Or(err, s.Close()))
	}
	return s, nil
}

// Open opens the store in a data directory for an operator's command, whether
// or not it is being served. It changes no schema. An error says what to do.
func Open(ctx context.Context, dir string) (*Store, error) {
	s, err := open(ctx, dir, checkSchema)
	if err != nil {
		return nil, err
	}
	if err := s.refuseHalfCopied(ctx); err != nil {
		return nil, explain(dir, cmp.Or(err, s.Close()))
	}
	return s, nil
}

// openLocked opens the store in a data directory that nobody else serves.
func openLocked(ctx context.Context, dir string, schema func(ctx context.Context, path string) error) (*Store, error) {
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, explain(dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("the data directory %s is served by another csrd: stop that one first, or give this one another --data", dir)
	}
	s, err := open(ctx, dir, schema)
	if err != nil {
		lock.Unlock()
		return nil, err
	}
	s.lock = lock
	if err := s.Ping(ctx); err != nil { // to read makes the shared memory
		return nil, explain(dir, cmp.Or(err, s.Close()))
	}
	s.db.(*sqliteEngine).index = openWALIndex(filepath.Join(dir, DatabaseName))
	return s, nil
}

func open(ctx context.Context, dir string, schema func(ctx context.Context, path string) error) (*Store, error) {
	path := filepath.Join(dir, DatabaseName)
	if err := schema(ctx, path); err != nil {
		return nil, explain(dir, err)
	}
	db, err := openSQLite(path)
	if err != nil {
		return nil, explain(dir, err)
	}
	return newStore(db), nil
}

// makeDatabase makes an empty database file where there is none. SQLite would
// make it with a mode that others can read, and gives its WAL the same.
func makeDatabase(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// Close closes the store: reads under way are interrupted, a write is waited for.
func (s *Store) Close() error {
	err := s.db.close()
	if s.lock != nil {
		err = cmp.Or(err, s.lock.Unlock())
	}
	return err
}

// Ping reports whether the store answers, and a database takes writes.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.ping(ctx)
}

// micros is a time as the database keeps it.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
