package storetest

import (
	"bytes"
	"slices"
	"sync"
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

func createOnce(t *testing.T, s Store) {
	ctx := t.Context()
	once := func(c *csr.CSR) (*csr.CSR, error) {
		t.Helper()
		id, err := s.NewID(ctx)
		must(t, err)
		c.ID = id
		return c, s.CreateOnce(ctx, c)
	}
	want := func(what string, owner csr.Owner, spki []byte, pem string, wantID int64, wantKey bool) {
		t.Helper()
		id, hasKey, err := s.FindPEM(ctx, owner, spki, pem)
		if wantID == 0 {
			wantErr(t, what, err, csr.ErrNotFound)
			return
		}
		must(t, err)
		if id != wantID || hasKey != wantKey {
			t.Errorf("%s: found %d, key %t, want %d, key %t", what, id, hasKey, wantID, wantKey)
		}
	}
	first, err := once(imported(spkiOf(1)))
	must(t, err)
	wantCSR(t, s, first)
	_, err = once(imported(spkiOf(1)))
	wantErr(t, "again", err, csr.ErrRecorded)
	wantSPKI(t, s, "again", alice, spkiOf(1), 10, first.ID)
	want("the first", alice, spkiOf(1), "pem", first.ID, false)
	want("another text", alice, spkiOf(1), "other", 0, false)
	want("another key", alice, spkiOf(2), "pem", 0, false)
	want("bob's", bob, spkiOf(1), "pem", 0, false)

	must(t, s.AddKey(ctx, alice, first.ID, csr.Sealed{1}, nil))
	want("with its key", alice, spkiOf(1), "pem", first.ID, true)

	other := imported(spkiOf(1))
	other.PEM = "other"
	other, err = once(other)
	must(t, err)
	bobs := imported(spkiOf(1))
	bobs.Owner = bob
	_, err = once(bobs)
	must(t, err)

	_, err = s.Delete(ctx, alice, []int64{first.ID}, start, true)
	must(t, err)
	want("a deleted one", alice, spkiOf(1), "pem", 0, false)
	anew, err := once(imported(spkiOf(1)))
	must(t, err)
	must(t, s.Restore(ctx, alice, first.ID))
	want("the newer of two", alice, spkiOf(1), "pem", anew.ID, false)
	wantSPKI(t, s, "in the end", alice, spkiOf(1), 10, anew.ID, other.ID, first.ID)
}

func createOnceAtOnce(t *testing.T, s Store) {
	const at = 8
	errs := make([]error, at)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			c := imported(spkiOf(1))
			if c.ID, errs[i] = s.NewID(t.Context()); errs[i] == nil {
				errs[i] = s.CreateOnce(t.Context(), c)
			}
		})
	}
	wait.Wait()
	stored := 0
	for _, err := range errs {
		if err == nil {
			stored++
		} else {
			wantErr(t, "one of many", err, csr.ErrRecorded)
		}
	}
	if ids, total := list(t, s, alice, csr.Filter{}, 0, at); stored != 1 || total != 1 {
		t.Errorf("%d were stored, and %v are there, want 1", stored, ids)
	}
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
