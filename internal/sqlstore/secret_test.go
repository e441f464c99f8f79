package sqlstore_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"csrd/csr"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// watch notes every column that statements on the readers read from now on, as
// SQLite itself tells it when it compiles them.
func watch(t *testing.T, s *sqlstore.Store) (columns func() []string) {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]bool{}
	s.Readers(t, func(conn *sqlite.Conn) {
		must(t, conn.SetAuthorizer(sqlite.AuthorizeFunc(func(action sqlite.Action) sqlite.AuthResult {
			if action.Type() == sqlite.OpRead {
				mu.Lock()
				defer mu.Unlock()
				seen[action.Table()+"."+action.Column()] = true
			}
			return sqlite.AuthResultOK
		})))
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := slices.Sorted(maps.Keys(seen))
		clear(seen)
		return all
	}
}

// A list of CSRs never reads a key or a password, sealed or not: not even the
// table where they are.
func TestListReadsNoTableWithSecrets(t *testing.T) {
	s, _ := served(t)
	addAccount(t, s)
	addCSR(t, s)
	for name, filter := range filters {
		t.Run(name, func(t *testing.T) {
			columns := watch(t, s)
			for _, page := range []csr.Page{{Limit: 10}, {Limit: 0}, {Offset: 1, Limit: 10}} {
				list, err := s.List(t.Context(), owner, filter, page)
				if err != nil || list.Total != 1 {
					t.Fatalf("%d CSRs with error %v, want 1", list.Total, err)
				}
			}
			read := columns()
			for _, column := range read {
				if table, _, _ := strings.Cut(column, "."); !slices.Contains([]string{"csr", "csr_count", "csr_counter", "csr_range"}, table) {
					t.Errorf("the list reads %s", column)
				}
			}
			for _, column := range []string{"csr.domain", "csr.organization", "csr.status", "csr.create_time"} {
				if !slices.Contains(read, column) {
					t.Errorf("the list does not read %s: is it watched? It reads %v", column, read)
				}
			}
		})
	}
}

// That it is noted when a secret is read: the page of one CSR does.
func TestGetReadsTheSecretsOfOneCSR(t *testing.T) {
	s, _ := served(t)
	addAccount(t, s)
	c := addCSR(t, s)
	columns := watch(t, s)
	if _, err := s.Get(t.Context(), owner, c.ID); err != nil {
		t.Fatal(err)
	}
	read := columns()
	for _, column := range []string{"csr_detail.private_key", "csr_detail.key_password"} {
		if !slices.Contains(read, column) {
			t.Errorf("get does not read %s: it reads %v", column, read)
		}
	}
	for _, column := range read {
		if table, _, _ := strings.Cut(column, "."); table != "csr" && table != "csr_detail" {
			t.Errorf("get reads %s", column)
		}
	}
}

// What is destroyed is overwritten, in the database and in its WAL.
func TestDestroyedSecretIsInNoFile(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	c := newCSR(t, s)
	c.PrivateKey = bytes.Repeat([]byte("the sealed private key "), 50)
	must(t, s.Create(recorded(t, s), c))
	checkpoint := func() {
		s.Writer(func(conn *sqlite.Conn) {
			must(t, sqlitex.ExecuteTransient(conn, "PRAGMA wal_checkpoint(TRUNCATE)", nil))
		})
	}
	holds := func() bool {
		checkpoint()
		for _, name := range []string{"csrd.db", "csrd.db-wal"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			must(t, err)
			if bytes.Contains(text, []byte("the sealed private key ")) {
				return true
			}
		}
		return false
	}
	if !holds() {
		t.Fatal("the secret is in no file before it is destroyed: the test looks in the wrong place")
	}
	if _, err := s.Delete(recorded(t, s), owner, []int64{c.ID}, start, false); err != nil {
		t.Fatal(err)
	}
	if holds() {
		t.Error("the secret is still in a file")
	}
}
