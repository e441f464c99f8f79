package seal_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/seal"
)

// kek is a master key that does not do as it should.
type kek struct {
	*seal.MasterKey
	wrapErr, unwrapErr error
	unbound, other     bool
	wraps, unwraps     atomic.Int64
	hold               chan struct{} // it answers when this is closed; nil: at once
	asked              chan struct{} // gets something when it is asked
}

func (k *kek) Wrap(ctx context.Context, plain, bound []byte) ([]byte, error) {
	k.wraps.Add(1)
	if k.wrapErr != nil {
		return nil, k.wrapErr
	}
	if k.unbound {
		bound = nil
	}
	return k.MasterKey.Wrap(ctx, plain, bound)
}

func (k *kek) Unwrap(ctx context.Context, wrapped, bound []byte) ([]byte, error) {
	k.unwraps.Add(1)
	if k.hold != nil {
		k.asked <- struct{}{}
		<-k.hold
	}
	if k.unwrapErr != nil {
		return nil, k.unwrapErr
	}
	if k.unbound {
		bound = nil
	}
	plain, err := k.MasterKey.Unwrap(ctx, wrapped, bound)
	if k.other && err == nil {
		plain[0] ^= 1
	}
	return plain, err
}

func sealerWith(t *testing.T, store seal.KeyStore, keys ...seal.KEK) *seal.Sealer {
	t.Helper()
	s, err := seal.New(t.Context(), seal.NewMasterKeys(keys[0], keys[1:]...), store)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMasterKeyIsAskedOnceForADataKey(t *testing.T) {
	store := &keyStore{}
	sealed := mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	slow := &kek{MasterKey: masterKey(t, 1)}
	s := sealerWith(t, store, slow)
	slow.unwraps.Store(0)
	slow.hold, slow.asked = make(chan struct{}), make(chan struct{}, 100)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() { wantOpen(t, s, purposeA, alice, "1", sealed, secret) })
	}
	<-slow.asked
	close(slow.hold)
	group.Wait()
	wantOpen(t, s, purposeA, alice, "1", sealed, secret)
	if n := slow.unwraps.Load(); n != 1 {
		t.Errorf("it was asked %d times, want once", n)
	}
}

// While a key service does not answer for one account, the others, whose data
// keys are in memory or under another master key, are not held up; and who
// gives up waiting is told so at once.
func TestSlowMasterKeyHoldsNobodyElseUp(t *testing.T) {
	store := &keyStore{}
	first := newSealer(t, store)
	ofAlice, ofBob := mustSeal(t, first, purposeA, alice, "1", secret), mustSeal(t, first, purposeA, bob, "1", secret)
	slow := &kek{MasterKey: masterKey(t, 1)}
	s := sealerWith(t, store, slow)
	wantOpen(t, s, purposeA, bob, "1", ofBob, secret)

	slow.hold, slow.asked = make(chan struct{}), make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := s.Open(ctx, purposeA, alice, "1", ofAlice)
		gaveUp <- err
	}()
	<-slow.asked
	wantOpen(t, s, purposeA, bob, "1", ofBob, secret)
	mustSeal(t, s, purposeA, 3, "1", secret) // a new account: only wrapping is asked for
	cancel()
	if err := <-gaveUp; !errors.Is(err, csr.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v for %v", err, csr.ErrUnavailable, context.Canceled)
	}
	// What it asked for goes on for the next who wants it.
	close(slow.hold)
	wantOpen(t, s, purposeA, alice, "1", ofAlice, secret)
}

func TestMasterKeyThatIsAwayIsToldAsUnavailable(t *testing.T) {
	store := &keyStore{}
	sealed := mustSeal(t, newSealer(t, store), purposeA, alice, "1", secret)
	away := &kek{MasterKey: masterKey(t, 1)}
	s := sealerWith(t, store, away)
	away.wrapErr = &seal.AwayError{Key: away.ID(), Cause: errStore}
	away.unwrapErr = away.wrapErr
	for name, do := range map[string]func() error{
		"Open": func() error { _, err := s.Open(t.Context(), purposeA, alice, "1", sealed); return err },
		"Seal": func() error { _, err := s.Seal(t.Context(), purposeA, bob, "1", csr.Plain(secret)); return err },
		"New":  func() error { _, err := seal.New(t.Context(), seal.NewMasterKeys(away), store); return err },
	} {
		if err := do(); !errors.Is(err, csr.ErrUnavailable) || !errors.Is(err, errStore) || errors.Is(err, seal.ErrSealed) {
			t.Errorf("%s: error %v, want %v because of %v", name, err, csr.ErrUnavailable, errStore)
		}
	}
	if len(store.keys) != 1 {
		t.Errorf("there are %d data keys, want 1", len(store.keys))
	}
	away.wrapErr, away.unwrapErr = nil, nil
	wantOpen(t, s, purposeA, alice, "1", sealed, secret)
	wantOpen(t, s, purposeA, bob, "1", mustSeal(t, s, purposeA, bob, "1", secret), secret)
}

// A server that was told of the next master key before a rotation began uses
// it from the moment on in which it begins, also for what was under way.
func TestNewDataKeysFollowTheRotation(t *testing.T) {
	old, next := masterKey(t, 1), masterKey(t, 2)
	store := &keyStore{}
	s := sealerWith(t, store, old, next)
	mustSeal(t, s, purposeA, alice, "1", secret)
	racing := &racingStore{keyStore: store, begin: func() {
		if err := store.BeginRotation(t.Context(), old.ID(), next.ID(), time.Time{}, time.Now()); err != nil {
			t.Error(err)
		}
	}}
	s = sealerWith(t, racing, old, next)
	sealed := mustSeal(t, s, purposeA, bob, "1", secret)
	if racing.begin != nil {
		t.Fatal("the rotation has not begun")
	}
	if kek, err := store.keys[0].KEK(); err != nil || kek != next.ID() {
		t.Errorf("the new data key is under %s, %v, want %s", kek, err, next.ID())
	}
	wantOpen(t, sealerWith(t, store, old, next), purposeA, bob, "1", sealed, secret)

	// One that does not know the next master key makes none under the old one.
	store.keys, store.rotation = store.keys[1:], seal.Rotation{Active: old.ID()}
	s = sealerWith(t, store, old)
	store.rotation = seal.Rotation{Active: next.ID(), Previous: old.ID()}
	var missing *seal.MissingKeyError
	if _, err := s.Seal(t.Context(), purposeA, bob, "1", csr.Plain(secret)); !errors.As(err, &missing) || !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("error %v, want that a master key is missing", err)
	}
	if len(store.keys) != 1 {
		t.Error("there is a new data key")
	}
}

// racingStore has a rotation begin between the look at which master key is in
// use and the first data key that is added.
type racingStore struct {
	*keyStore
	begin func()
}

func (s *racingStore) AddDataKey(ctx context.Context, key seal.DataKey) error {
	if s.begin != nil {
		s.begin()
		s.begin = nil
	}
	return s.keyStore.AddDataKey(ctx, key)
}

func TestServiceKeyIDsDiffer(t *testing.T) {
	seen := map[seal.KeyID]bool{}
	for _, kind := range []string{"a", "b", ""} {
		for _, name := range []string{"a", "b", ""} {
			seen[seal.ServiceKeyID(kind, name)] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("nine keys have %d ids", len(seen))
	}
	id := seal.ServiceKeyID("a", "b")
	if again, err := seal.ParseKeyID(id.String()); err != nil || !bytes.Equal(again[:], id[:]) {
		t.Errorf("%s is parsed as %s, %v", id, again, err)
	}
	for _, text := range []string{"", "00", "zz00000000000000", "000000000000000000"} {
		if _, err := seal.ParseKeyID(text); err == nil {
			t.Errorf("%q is taken for an id", text)
		}
	}
}
