package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/seal"
)

const secret csr.Secret = "the secret of these tests"

// wantSealed fails unless opening fails with ErrSealed, and tells nothing of
// the secret.
func wantSealed(t *testing.T, s *seal.Sealer, what string, purpose csr.Purpose, owner csr.Owner, id string, sealed csr.Sealed) {
	t.Helper()
	got, err := s.Open(t.Context(), purpose, owner, id, sealed)
	if !errors.Is(err, seal.ErrSealed) {
		t.Errorf("%s: error %v, want %v", what, err, seal.ErrSealed)
	}
	if len(got) != 0 {
		t.Errorf("%s: it opens to %q", what, string(got))
	}
	wantHidden(t, err, []byte(secret), rawMasterKey(1))
}

func TestSecretOpensForItsOwnPurposeOwnerAndIDAlone(t *testing.T) {
	type binding struct {
		purpose csr.Purpose
		owner   csr.Owner
		id      string
	}
	var all []binding
	for _, purpose := range []csr.Purpose{purposeA, purposeB, "purpose", ""} {
		for _, owner := range []csr.Owner{alice, bob, 1} {
			for _, id := range []string{"1", "2", "11", ""} {
				all = append(all, binding{purpose, owner, id})
			}
		}
	}
	s := newSealer(t, &keyStore{})
	sealed := map[binding]csr.Sealed{}
	for _, b := range all {
		sealed[b] = mustSeal(t, s, b.purpose, b.owner, b.id, secret)
	}
	for _, from := range all {
		for _, to := range all {
			if from == to {
				wantOpen(t, s, to.purpose, to.owner, to.id, sealed[from], secret)
			} else {
				wantSealed(t, s, fmt.Sprintf("%v as %v", from, to), to.purpose, to.owner, to.id, sealed[from])
			}
		}
	}
}

func TestSecretsOfAnyLengthComeBack(t *testing.T) {
	s := newSealer(t, &keyStore{})
	for _, n := range []int{0, 1, 15, 16, 17, 1 << 20} {
		text := csr.Secret(strings.Repeat("x", n))
		wantOpen(t, s, purposeA, alice, "1", mustSeal(t, s, purposeA, alice, "1", text), text)
	}
}

func TestSealedTextShowsNothingOfTheSecret(t *testing.T) {
	s := newSealer(t, &keyStore{})
	one := mustSeal(t, s, purposeA, alice, "1", secret)
	if bytes.Contains(one, []byte(secret)[:8]) {
		t.Error("the sealed secret holds a part of the secret")
	}
	if bytes.Equal(one, mustSeal(t, s, purposeA, alice, "1", secret)) {
		t.Error("the same secret sealed twice gives the same bytes")
	}
}

func TestFlippedBitDoesNotOpen(t *testing.T) {
	s := newSealer(t, &keyStore{})
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	for bit := range len(sealed) * 8 {
		sealed[bit/8] ^= 1 << (bit % 8)
		wantSealed(t, s, fmt.Sprintf("bit %d of byte %d flipped", bit%8, bit/8), purposeA, alice, "1", sealed)
		sealed[bit/8] ^= 1 << (bit % 8)
	}
	wantOpen(t, s, purposeA, alice, "1", sealed, secret)
}

func TestCutOrExtendedDoesNotOpen(t *testing.T) {
	s := newSealer(t, &keyStore{})
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	wantSealed(t, s, "nil", purposeA, alice, "1", nil)
	for n := range len(sealed) {
		wantSealed(t, s, fmt.Sprintf("the first %d bytes", n), purposeA, alice, "1", sealed[:n])
		wantSealed(t, s, fmt.Sprintf("all but the first %d bytes", n+1), purposeA, alice, "1", sealed[n+1:])
	}
	for _, more := range []byte{0, 1, 0xff} {
		wantSealed(t, s, "a byte more", purposeA, alice, "1", append(bytes.Clone(sealed), more))
	}
}

func TestUnknownFormatIsNamed(t *testing.T) {
	s := newSealer(t, &keyStore{})
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	for _, format := range []byte{0, 2, 255} {
		sealed[0] = format
		_, err := s.Open(t.Context(), purposeA, alice, "1", sealed)
		if want := fmt.Sprintf("its format is %d", format); !errors.Is(err, seal.ErrSealed) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %v with %q", err, seal.ErrSealed, want)
		}
	}
}

func TestSecretMovedToAnotherAccountDoesNotOpen(t *testing.T) {
	store := &keyStore{}
	s := newSealer(t, store)
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	wantSealed(t, s, "bob has no data key", purposeA, bob, "1", sealed)

	mustSeal(t, s, purposeA, bob, "1", "another")
	wantSealed(t, s, "bob has a data key", purposeA, bob, "1", sealed)
	wantOpen(t, s, purposeA, alice, "1", sealed, secret)
}

// Whoever may write the database copies the data key's row along.
func TestSecretMovedTogetherWithItsDataKeyDoesNotOpen(t *testing.T) {
	store := &keyStore{}
	sealed := mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	moved := store.keys[0]
	moved.Owner = bob
	store.keys = append(store.keys, moved)
	wantSealed(t, newSealer(t, store), "with the data key", purposeA, bob, "1", sealed)
}
