package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"csrd/csr"
)

// imported returns a generated CSR of a public key, without its private key.
func imported(spki []byte) *csr.CSR {
	c := draft("a.example.com")
	c.Status, c.PEM, c.SPKI = csr.Generated, "pem", spki
	return c
}

func spkiOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func wantSPKI(t *testing.T, s Store, what string, owner csr.Owner, spki []byte, limit int64, want ...int64) {
	t.Helper()
	got, err := s.FindBySPKI(t.Context(), owner, spki, limit)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", what, got, want)
	}
}

func bySPKI(t *testing.T, s Store) {
	ctx := t.Context()
	a1, b := add(t, s, imported(spkiOf(1))), add(t, s, imported(spkiOf(2)))
	a2 := imported(spkiOf(1))
	a2.CreateTime = start.Add(-time.Hour) // what counts is the order of creation
	add(t, s, a2)
	d := add(t, s, draft("a.example.com"))
	wantCSR(t, s, a1)
	wantSPKI(t, s, "two of a key", alice, spkiOf(1), 10, a2.ID, a1.ID)
	wantSPKI(t, s, "at most one of them", alice, spkiOf(1), 1, a2.ID)
	wantSPKI(t, s, "one", alice, spkiOf(2), 10, b.ID)
	wantSPKI(t, s, "none", alice, spkiOf(3), 10)
	wantSPKI(t, s, "the drafts", alice, nil, 10)
	wantSPKI(t, s, "bob's", bob, spkiOf(1), 10)

	d.Status, d.PEM, d.SPKI = csr.Generated, "pem", spkiOf(1)
	must(t, s.Update(ctx, d))
	wantCSR(t, s, d)
	wantSPKI(t, s, "with a generated draft", alice, spkiOf(1), 10, d.ID, a2.ID, a1.ID)

	_, err := s.Delete(ctx, alice, []int64{a2.ID}, start, true)
	must(t, err)
	wantSPKI(t, s, "after a deletion", alice, spkiOf(1), 10, d.ID, a1.ID)
	must(t, s.Restore(ctx, alice, a2.ID))
	wantCSR(t, s, a2)
	wantSPKI(t, s, "after it was restored", alice, spkiOf(1), 10, d.ID, a2.ID, a1.ID)
}

func addKey(t *testing.T, s Store) {
	ctx := t.Context()
	c, other, d := add(t, s, imported(spkiOf(1))), add(t, s, imported(spkiOf(1))), add(t, s, draft("a.example.com"))
	key, password := csr.Sealed{1, 2}, csr.Sealed{3}
	wantErr(t, "to a draft", s.AddKey(ctx, alice, d.ID, key, password), csr.ErrNotFound)
	wantErr(t, "to bob's", s.AddKey(ctx, bob, c.ID, key, password), csr.ErrNotFound)
	wantErr(t, "to one that never was", s.AddKey(ctx, alice, c.ID+100, key, password), csr.ErrNotFound)
	wantCSR(t, s, c)
	wantCSR(t, s, d)

	must(t, s.AddKey(ctx, alice, c.ID, key, password))
	c.PrivateKey, c.KeyPassword = key, password
	wantCSR(t, s, c)
	wantErr(t, "again", s.AddKey(ctx, alice, c.ID, csr.Sealed{4}, nil), csr.ErrHasKey)
	wantCSR(t, s, c)

	must(t, s.AddKey(ctx, alice, other.ID, key, nil))
	other.PrivateKey = key
	wantCSR(t, s, other)

	_, err := s.Delete(ctx, alice, []int64{other.ID}, start, true)
	must(t, err)
	wantErr(t, "to a deleted one", s.AddKey(ctx, alice, other.ID, key, nil), csr.ErrNotFound)
}
