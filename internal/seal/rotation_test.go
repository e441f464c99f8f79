package seal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/seal"
)

func (s *keyStore) BeginRotation(_ context.Context, from, to seal.KeyID, since, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state := s.state(); state.Active != from || state.Rotating() {
		return seal.ErrKEKChanged
	}
	unknown := &seal.ServersError{Key: to}
	for _, server := range s.servers {
		if !server.Seen.Before(since) && !slices.Contains(server.KEKs, to) {
			unknown.Servers = append(unknown.Servers, server)
		}
	}
	if len(unknown.Servers) > 0 {
		return unknown
	}
	s.rotation = seal.Rotation{Active: to, Previous: from, Changed: now}
	return nil
}

func (s *keyStore) NextDataKeys(_ context.Context, after seal.DataKey, limit int) ([]seal.DataKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	compare := func(a, b seal.DataKey) int {
		return strings.Compare(fmt.Sprintf("%020d %s", a.Owner, a.ID), fmt.Sprintf("%020d %s", b.Owner, b.ID))
	}
	var page []seal.DataKey
	for _, k := range slices.SortedFunc(slices.Values(s.keys), compare) {
		if compare(k, after) > 0 && len(page) < limit {
			page = append(page, k)
		}
	}
	return page, s.readErr
}

func (s *keyStore) Rewrap(_ context.Context, was, now []seal.DataKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, k := range s.keys {
		for j, w := range was {
			if k.Owner == w.Owner && k.ID == w.ID && string(k.Wrapped) == string(w.Wrapped) {
				s.keys[i] = now[j]
			}
		}
	}
	return nil
}

func (s *keyStore) EndRotation(_ context.Context, from, to seal.KeyID, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rotation.Active != to || s.rotation.Previous != from {
		return seal.ErrKEKChanged
	}
	if s.uses(from) {
		return seal.ErrKEKUsed
	}
	s.rotation = seal.Rotation{Active: to, Changed: now}
	return nil
}

func (s *keyStore) Servers(context.Context) ([]seal.Server, error) { return s.servers, nil }

// cutOff is a store that is away from the nth call of what a rotation asks on:
// before it does what it is asked for, or after.
type cutOff struct {
	*keyStore
	left  int
	after bool
}

var errCutOff = errors.New("cut off")

func (c *cutOff) call(do func() error) error {
	c.left--
	if c.left < 0 || c.left == 0 && !c.after {
		return errCutOff
	}
	if err := do(); err != nil || c.left > 0 {
		return err
	}
	return errCutOff
}

func (c *cutOff) Rotation(ctx context.Context) (state seal.Rotation, err error) {
	err = c.call(func() (err error) { state, err = c.keyStore.Rotation(ctx); return err })
	return state, err
}

func (c *cutOff) BeginRotation(ctx context.Context, from, to seal.KeyID, since, now time.Time) error {
	return c.call(func() error { return c.keyStore.BeginRotation(ctx, from, to, since, now) })
}

func (c *cutOff) NextDataKeys(ctx context.Context, after seal.DataKey, limit int) (page []seal.DataKey, err error) {
	err = c.call(func() (err error) { page, err = c.keyStore.NextDataKeys(ctx, after, limit); return err })
	return page, err
}

func (c *cutOff) Rewrap(ctx context.Context, was, now []seal.DataKey) error {
	return c.call(func() error { return c.keyStore.Rewrap(ctx, was, now) })
}

func (c *cutOff) EndRotation(ctx context.Context, from, to seal.KeyID, now time.Time) error {
	return c.call(func() error { return c.keyStore.EndRotation(ctx, from, to, now) })
}

// manySealed is a store with secrets of many owners, as many as take several
// batches, under the master key made of ones.
func manySealed(t *testing.T) (*keyStore, map[csr.Owner]csr.Sealed) {
	t.Helper()
	store := &keyStore{}
	s := newSealer(t, store)
	sealed := map[csr.Owner]csr.Sealed{}
	for owner := csr.Owner(1); owner <= 250; owner++ {
		sealed[owner] = mustSeal(t, s, purposeA, owner, "1", secret)
	}
	return store, sealed
}

func wantAllOpen(t *testing.T, store seal.KeyStore, sealed map[csr.Owner]csr.Sealed, keys ...seal.KEK) {
	t.Helper()
	s, err := seal.New(t.Context(), seal.NewMasterKeys(keys[0], keys[1:]...), store)
	if err != nil {
		t.Error(err)
		return
	}
	for owner, text := range sealed {
		wantOpen(t, s, purposeA, owner, "1", text, secret)
	}
}

func wantMissing(t *testing.T, store seal.KeyStore, want seal.KeyID, keys ...seal.KEK) {
	t.Helper()
	_, err := seal.New(t.Context(), seal.NewMasterKeys(keys[0], keys[1:]...), store)
	var missing *seal.MissingKeyError
	if !errors.As(err, &missing) || missing.Want != want {
		t.Errorf("error %v, want that %s is missing", err, want)
	}
}

func rotator(store seal.RotationStore, keys ...seal.KEK) *seal.Rotator {
	return &seal.Rotator{Store: store, Keys: seal.NewMasterKeys(keys[0], keys[1:]...)}
}

func TestRotationLeavesNothingUnderTheOldKey(t *testing.T) {
	store, sealed := manySealed(t)
	old, next := masterKey(t, 1), masterKey(t, 2)
	var steps []int64
	r := rotator(store, old, next)
	r.Progress = func(done, total int64) {
		if total != 250 {
			t.Errorf("%d of %d", done, total)
		}
		steps = append(steps, done)
	}
	n, err := r.Rotate(t.Context(), old.ID(), next.ID())
	if err != nil || n != 250 {
		t.Fatalf("%d data keys wrapped anew, %v, want 250", n, err)
	}
	if len(steps) < 3 || !slices.IsSorted(steps) || steps[len(steps)-1] != 250 {
		t.Errorf("progress was told as %v", steps)
	}
	wantAllOpen(t, store, sealed, next)
	wantMissing(t, store, next.ID(), old)
	if n, err := r.Rotate(t.Context(), old.ID(), next.ID()); n != 0 || err != nil {
		t.Errorf("done again: %d, %v", n, err)
	}
}

// Wherever a rotation is cut off, before the store did what it was asked for or
// after, all secrets open with both keys, new ones are sealed, and it goes on.
func TestRotationGoesOnFromWhereverItWasCutOff(t *testing.T) {
	old, next := masterKey(t, 1), masterKey(t, 2)
	ended := false
	cuts := 0
	for n := 1; !ended; n++ {
		for _, after := range []bool{false, true} {
			store, sealed := manySealed(t)
			cut := &cutOff{keyStore: store, left: n, after: after}
			_, err := rotator(cut, old, next).Rotate(t.Context(), old.ID(), next.ID())
			if ended = err == nil; ended {
				break
			}
			cuts++
			if !errors.Is(err, errCutOff) {
				t.Fatal(err)
			}
			what := fmt.Sprintf("call %d, after it %t", n, after)
			wantAllOpen(t, store, sealed, old, next)
			wantAllOpen(t, store, sealed, next, old)
			both, err := seal.New(t.Context(), seal.NewMasterKeys(old, next), store)
			if err != nil {
				t.Fatal(what, err)
			}
			sealed[1000] = mustSeal(t, both, purposeA, 1000, "1", secret)
			if store.rotation.Rotating() {
				wantMissing(t, store, next.ID(), old)
				if store.uses(old.ID()) {
					wantMissing(t, store, old.ID(), next)
				} else {
					wantAllOpen(t, store, sealed, next)
				}
			}
			if _, err := rotator(store, old, next).Rotate(t.Context(), old.ID(), next.ID()); err != nil {
				t.Fatalf("%s: it does not go on: %v", what, err)
			}
			wantAllOpen(t, store, sealed, next)
			if store.uses(old.ID()) || store.rotation.Rotating() {
				t.Fatalf("%s: the old key is still used", what)
			}
		}
	}
	if cuts < 16 {
		t.Errorf("it was cut off at %d points only", cuts)
	}
}

func TestRotationWaitsForServersThatDoNotKnowTheKey(t *testing.T) {
	old, next := masterKey(t, 1), masterKey(t, 2)
	store, _ := manySealed(t)
	before := slices.Clone(store.keys)
	store.servers = []seal.Server{
		{ID: "knows", Seen: time.Now(), KEKs: []seal.KeyID{old.ID(), next.ID()}},
		{ID: "does not", Seen: time.Now(), KEKs: []seal.KeyID{old.ID()}},
		{ID: "gone", Seen: time.Now().Add(-seal.GoneAfter - time.Second), KEKs: []seal.KeyID{old.ID()}},
	}
	r := rotator(store, old, next)
	_, err := r.Rotate(t.Context(), old.ID(), next.ID())
	var unknown *seal.ServersError
	if !errors.As(err, &unknown) || len(unknown.Servers) != 1 || !strings.Contains(err.Error(), "does not") || !strings.Contains(err.Error(), next.ID().String()) {
		t.Fatalf("error %v, want that one server does not know %s", err, next.ID())
	}
	for i, k := range before {
		if string(store.keys[i].Wrapped) != string(k.Wrapped) {
			t.Fatal("a data key was changed")
		}
	}
	r.Wait = time.Hour
	r.Waiting = func(*seal.ServersError) { t.Error("it is told of a wait that is short") }
	store.mu.Lock()
	learned := time.AfterFunc(time.Millisecond, func() {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.servers[1].KEKs = append(store.servers[1].KEKs, next.ID())
	})
	store.mu.Unlock()
	defer learned.Stop()
	if _, err := r.Rotate(t.Context(), old.ID(), next.ID()); err != nil {
		t.Error(err)
	}
}

func TestRotationToAKeyThatDoesNotWorkChangesNothing(t *testing.T) {
	old, next := masterKey(t, 1), masterKey(t, 2)
	for name, bad := range map[string]*kek{
		"it is away":                     {MasterKey: next, wrapErr: &seal.AwayError{Key: next.ID(), Cause: errStore}},
		"it does not unwrap":             {MasterKey: next, unwrapErr: seal.ErrSealed},
		"it does not bind what it wraps": {MasterKey: next, unbound: true},
		"it unwraps to something else":   {MasterKey: next, other: true},
		"it is not there":                nil,
	} {
		store, sealed := manySealed(t)
		r := rotator(store, old)
		if bad != nil {
			r = rotator(store, old, bad)
		}
		if _, err := r.Rotate(t.Context(), old.ID(), next.ID()); err == nil {
			t.Errorf("%s: it is taken", name)
		}
		if store.rotation.Rotating() {
			t.Errorf("%s: a rotation has begun", name)
		}
		wantAllOpen(t, store, sealed, old)
	}
}

func TestRotationIsRefusedFromAKeyThatIsNotInUse(t *testing.T) {
	store, _ := manySealed(t)
	two, three := masterKey(t, 2), masterKey(t, 3)
	if _, err := rotator(store, two, three).Rotate(t.Context(), two.ID(), three.ID()); !errors.Is(err, seal.ErrKEKChanged) {
		t.Errorf("error %v, want %v", err, seal.ErrKEKChanged)
	}
}
