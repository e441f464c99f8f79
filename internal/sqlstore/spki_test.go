package sqlstore_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"testing"

	"csrd/csr"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite/sqlitex"
)

// importedCSR returns a generated CSR without a private key.
func importedCSR(t testing.TB, s *sqlstore.Store) *csr.CSR {
	t.Helper()
	c := newCSR(t, s)
	c.PrivateKey, c.KeyPassword, c.SPKI = nil, nil, bytes.Repeat([]byte{1}, 32)
	return c
}

// What a csrd generated before it kept the hash of the public key is found by
// it after the next start, deleted ones once they are back; drafts, and what is
// no CSR, are left as they are.
func TestOlderCSRsAreFoundByTheirPublicKey(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, private)
	must(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	spki, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	hash := sha256.Sum256(spki)

	dir := t.TempDir()
	migrateTo(t, dir, 1)
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	must(t, sqlitex.ExecuteTransient(conn, "BEGIN", nil))
	must(t, sqlitex.ExecuteTransient(conn, "INSERT INTO account VALUES (100000000001, 0)", nil))
	const generated = 1203 // more than two batches
	for id := range generated + 3 {
		status, request := 1, text
		switch id {
		case 0:
			status, request = 0, ""
		case 1:
			request = "-----BEGIN CERTIFICATE REQUEST-----"
		}
		must(t, sqlitex.ExecuteTransient(conn, "INSERT INTO csr_detail (owner_uin, id, subject_alt_name, tags, pem) VALUES (100000000001, ?, '[]', '[]', ?)",
			&sqlitex.ExecOptions{Args: []any{id + 1, request}}))
		table, last := "csr", ""
		if id == 2 {
			table, last = "deleted_csr", ", 0"
		}
		must(t, sqlitex.ExecuteTransient(conn, fmt.Sprintf("INSERT INTO %s VALUES (100000000001, ?1, ?1, '', '', '', '', '', '', '', '', '', '', '', ?2, 0, 1%s)", table, last),
			&sqlitex.ExecOptions{Args: []any{id + 1, status}}))
	}
	must(t, sqlitex.ExecuteTransient(conn, "COMMIT", nil))
	must(t, conn.Close())

	for range 2 {
		s := serve(t, dir)
		ids, err := s.FindBySPKI(t.Context(), owner, hash[:], 10000)
		must(t, err)
		if len(ids) != generated {
			t.Errorf("%d CSRs are found by their key, want %d", len(ids), generated)
		}
		closed(t, s)
	}
	s := serve(t, dir)
	defer closed(t, s)
	must(t, s.Restore(recorded(t, s), owner, 3))
	for id, want := range map[int64][]byte{1: nil, 2: nil, 3: hash[:], 4: hash[:]} {
		c, err := s.Get(t.Context(), owner, id)
		must(t, err)
		if !bytes.Equal(c.SPKI, want) {
			t.Errorf("CSR %d has the key %x, want %x", id, c.SPKI, want)
		}
	}
}
