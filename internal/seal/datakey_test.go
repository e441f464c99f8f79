package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"csrd/csr"
	"csrd/internal/seal"
)

var errStore = errors.New("the store is away")

func TestDataKeyIsInTheStoreBeforeSealReturns(t *testing.T) {
	store := &keyStore{}
	sealed := mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	if len(store.keys) != 1 || store.keys[0].Owner != alice || !bytes.Equal(store.keys[0].ID[:], sealed[1:9]) {
		t.Fatalf("the store has the data keys %v, want the one that %x names", store.keys, sealed[:9])
	}
	wantOpen(t, newSealer(t, store), purposeA, alice, "1", sealed, secret)
}

func TestNothingIsSealedWithADataKeyThatIsNotKept(t *testing.T) {
	store := &keyStore{writeErr: errStore}
	s := newSealer(t, store)
	sealed, err := s.Seal(t.Context(), purposeA, alice, "1", csr.Plain(secret))
	if !errors.Is(err, errStore) || sealed != nil {
		t.Fatalf("sealed %x with error %v, want nothing and %v", sealed, err, errStore)
	}
	wantHidden(t, err, []byte(secret), rawMasterKey(1))

	store.writeErr = nil
	sealed = mustSeal(t, s, purposeA, alice, "1", secret)
	wantOpen(t, newSealer(t, store), purposeA, alice, "1", sealed, secret)
}

// That the store does not answer is another thing than that a secret does not
// open: nobody is to take the one for the other.
func TestStoreThatDoesNotAnswerIsToldAsItIs(t *testing.T) {
	store := &keyStore{}
	sealed := mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	s := newSealer(t, store)
	store.readErr = errStore
	for _, test := range []struct {
		name string
		do   func() error
	}{
		{"New", func() error { _, err := seal.New(t.Context(), seal.NewMasterKeys(masterKey(t, 1)), store); return err }},
		{"Seal", func() error { _, err := s.Seal(t.Context(), purposeA, alice, "1", csr.Plain(secret)); return err }},
		{"Open", func() error { _, err := s.Open(t.Context(), purposeA, alice, "1", sealed); return err }},
	} {
		if err := test.do(); !errors.Is(err, errStore) || errors.Is(err, seal.ErrSealed) {
			t.Errorf("%s: error %v, want %v", test.name, err, errStore)
		}
	}
	store.readErr = nil
	wantOpen(t, s, purposeA, alice, "1", sealed, secret)
	if len(store.keys) != 1 {
		t.Errorf("the store has %d data keys, want 1", len(store.keys))
	}
}

func TestDataKeyOfAnotherProcessIsFound(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(*testing.T, *seal.Sealer)
	}{
		{"this one has looked and found none", func(t *testing.T, here *seal.Sealer) {
			wantSealed(t, here, "before there is a key", purposeA, alice, "1", unhex(t, firstSealed))
		}},
		{"this one has a key of its own", func(t *testing.T, here *seal.Sealer) {
			mustSeal(t, here, purposeA, alice, "0", secret)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := &keyStore{}
			here := newSealer(t, store)
			test.before(t, here)
			// The other process has not seen this one's key either.
			apart := &keyStore{}
			sealed := mustSeal(t, newSealer(t, apart), purposeA, alice, "1", secret)
			store.keys = append(apart.keys, store.keys...)
			wantOpen(t, here, purposeA, alice, "1", sealed, secret)
		})
	}
}

func TestNewestDataKeySealsAndOlderOnesStillOpen(t *testing.T) {
	older, newer := &keyStore{}, &keyStore{}
	old := mustSeal(t, newSealer(t, older), purposeA, alice, "1", secret)
	mustSeal(t, newSealer(t, newer), purposeA, alice, "1", secret)
	s := newSealer(t, &keyStore{keys: slices.Concat(newer.keys, older.keys)})
	wantOpen(t, s, purposeA, alice, "1", old, secret)
	if sealed := mustSeal(t, s, purposeA, alice, "2", secret); !bytes.Equal(sealed[1:9], newer.keys[0].ID[:]) {
		t.Errorf("sealed with the data key %x, want the newest, %s", sealed[1:9], newer.keys[0].ID)
	}
}

func TestAlteredDataKeyIsRefused(t *testing.T) {
	store := &keyStore{}
	s := newSealer(t, store)
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	whole := store.keys[0]
	refused := func(what string, altered seal.DataKey) {
		t.Helper()
		_, err := seal.New(t.Context(), seal.NewMasterKeys(masterKey(t, 1)), &keyStore{keys: []seal.DataKey{altered}})
		var wrong *seal.MissingKeyError
		if !errors.Is(err, seal.ErrSealed) && !errors.As(err, &wrong) {
			t.Errorf("%s: error %v", what, err)
		}
		wantHidden(t, err, []byte(secret), rawMasterKey(1))
	}
	for bit := range len(whole.Wrapped) * 8 {
		altered := whole
		altered.Wrapped = bytes.Clone(whole.Wrapped)
		altered.Wrapped[bit/8] ^= 1 << (bit % 8)
		refused(fmt.Sprintf("bit %d flipped", bit), altered)
	}
	for n := range len(whole.Wrapped) {
		altered := whole
		altered.Wrapped = whole.Wrapped[:n]
		refused(fmt.Sprintf("cut to %d bytes", n), altered)
	}
	altered := whole
	altered.ID[0]++
	refused("under another id", altered)
	altered = whole
	altered.Owner = bob
	refused("of another account", altered)
	wantOpen(t, newSealer(t, store), purposeA, alice, "1", sealed, secret)
}

func TestWrongMasterKeyIsToldAtOnce(t *testing.T) {
	store := &keyStore{}
	mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	right, other := masterKey(t, 1), masterKey(t, 2)
	s, err := seal.New(t.Context(), seal.NewMasterKeys(other), store)
	if s != nil {
		t.Error("there is a Sealer")
	}
	var wrong *seal.MissingKeyError
	if !errors.As(err, &wrong) || !errors.Is(err, csr.ErrUnavailable) {
		t.Fatalf("error %v, want a MissingKeyError that is %v", err, csr.ErrUnavailable)
	}
	if !slices.Equal(wrong.Have, []seal.KeyID{other.ID()}) || wrong.Want != right.ID() {
		t.Errorf("have %v and want %s, in truth have %s and want %s", wrong.Have, wrong.Want, other.ID(), right.ID())
	}
	for _, id := range []seal.KeyID{right.ID(), other.ID()} {
		if !strings.Contains(err.Error(), id.String()) {
			t.Errorf("the error %q does not name %s", err, id)
		}
	}
	wantHidden(t, err, rawMasterKey(1), rawMasterKey(2))
}

func TestEmptyStoreTakesAnyMasterKey(t *testing.T) {
	for fill := range byte(3) {
		if _, err := seal.New(t.Context(), seal.NewMasterKeys(masterKey(t, fill)), &keyStore{}); err != nil {
			t.Error(err)
		}
	}
}

func TestConcurrentSealingMakesOneDataKeyPerOwner(t *testing.T) {
	store := &keyStore{}
	s := newSealer(t, store)
	owners := []csr.Owner{alice, bob, 3, 4}
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			owner, id := owners[i%len(owners)], fmt.Sprint(i)
			for range 20 {
				sealed, err := s.Seal(t.Context(), purposeA, owner, id, csr.Plain(secret))
				if err != nil {
					t.Error(err)
					return
				}
				wantOpen(t, s, purposeA, owner, id, sealed, secret)
			}
		})
	}
	group.Wait()
	count := map[csr.Owner]int{}
	for _, k := range store.keys {
		count[k.Owner]++
	}
	for _, owner := range owners {
		if count[owner] != 1 {
			t.Errorf("%s has %d data keys, want 1", owner, count[owner])
		}
	}
}

// The keys of very many accounts are not all held in memory, and the secrets
// of each open all the same.
func TestMemoryHoldsTheKeysOfSomeOwnersAlone(t *testing.T) {
	const many = 5000 // more than are held
	store := &keyStore{}
	s := newSealer(t, store)
	sealed := mustSeal(t, s, purposeA, 1, "1", secret)
	wantOpen(t, s, purposeA, 1, "1", sealed, secret)
	reads := store.reads
	wantOpen(t, s, purposeA, 1, "1", sealed, secret)
	if store.reads != reads {
		t.Error("a data key that was just used is read again")
	}
	key := store.keys[0]
	for owner := csr.Owner(2); owner <= many; owner++ {
		store.keys = store.keys[:0] // the fake looks through all of them
		mustSeal(t, s, purposeA, owner, "1", secret)
	}
	store.keys, reads = []seal.DataKey{key}, store.reads
	wantOpen(t, s, purposeA, 1, "1", sealed, secret)
	if store.reads == reads {
		t.Errorf("after %d other accounts the data key of the first is in memory still", many-1)
	}
}
