// Package pgtest starts PostgreSQL servers for tests, from the programs that
// are installed.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Environment names the variable with the URL of a database of a server to use
// instead of starting one. Its user must be allowed to make databases.
const Environment = "CSRD_TEST_DATABASE"

// Server is the PostgreSQL of the tests of one process. It starts when it is
// first asked for a database. What is in it is lost when the machine stops: it
// is for tests that ask what is stored, not how durably.
type Server struct {
	mu      sync.Mutex
	cluster *Cluster
	made    int
}

// Main runs the tests of a package and ends the server.
func (s *Server) Main(m *testing.M) int {
	defer s.Close()
	return m.Run()
}

// Close ends the server.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster != nil {
		_ = s.cluster.remove()
		s.cluster = nil
	}
}

// Database makes an empty database and returns its URL. It goes with the test.
// Where no PostgreSQL is installed the test is left out.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	admin := s.admin(t)
	s.mu.Lock()
	s.made++
	name := fmt.Sprintf("csrd_test_%d_%d", os.Getpid(), s.made)
	s.mu.Unlock()
	Exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { Exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	parsed, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}

// In returns the URL of a database that belongs to a folder: the same one as
// long as the folder is there.
func (s *Server) In(t testing.TB, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "database")
	if text, err := os.ReadFile(file); err == nil {
		return string(text)
	}
	database := s.Database(t)
	if err := os.WriteFile(file, []byte(database), 0o600); err != nil {
		t.Fatal(err)
	}
	return database
}

// admin returns the URL of the database from which others are made.
func (s *Server) admin(t testing.TB) string {
	t.Helper()
	if given := os.Getenv(Environment); given != "" {
		return given
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		c, err := newCluster(findPrograms(t), []string{"fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off"})
		if err != nil {
			t.Fatal(err)
		}
		s.cluster = c
	}
	return s.cluster.URL("postgres")
}

// Exec runs statements in a database.
func Exec(t testing.TB, database string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // also in a cleanup, where the test's own is over
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Ask returns the one value, as text, that a statement gives.
func Ask(t testing.TB, database, statement string) (value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// Hold opens a connection and keeps it until release.
func Hold(t testing.TB, database string) (release func(), err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = conn.Close(ctx)
	}, nil
}

// Run runs statements on a connection that it keeps until release, with the
// transaction that they began.
func Run(t testing.TB, database string, statements ...string) (release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = conn.Close(ctx)
	}
}
