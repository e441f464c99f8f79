package cam_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"csrd/internal/cam"
)

// wantFind fails unless the key is found, or the error is the one wanted, and
// unless the store has been asked so many times.
func wantFind(t *testing.T, keys *cam.Keyring, s *store, want error, lookups int) {
	t.Helper()
	key, err := keys.Find(t.Context(), secretID)
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if want == nil && (key.SecretID != secretID || key.Owner != owner || !key.Enabled) {
		t.Errorf("found %+v", key)
	}
	if want != nil && (key.SecretID != "" || key.SecretKey != nil) {
		t.Errorf("found %+v with error %v", key, err)
	}
	if s.lookups != lookups {
		t.Errorf("the store was asked %d times, want %d", s.lookups, lookups)
	}
}

func TestKeyIsRememberedForASecondAndNotLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, seals := withRoot(t)
		keys := cam.NewKeyring(s, seals)
		wantFind(t, keys, s, nil, 1)
		time.Sleep(time.Second - 1) // the test's own clock
		wantFind(t, keys, s, nil, 1)
		time.Sleep(time.Nanosecond)
		wantFind(t, keys, s, nil, 2)
		time.Sleep(time.Second - 1)
		wantFind(t, keys, s, nil, 2)
	})
}

func TestUseDoesNotKeepADisabledKeyAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, seals := withRoot(t)
		keys := cam.NewKeyring(s, seals)
		wantFind(t, keys, s, nil, 1)
		s.enable(false)
		for range 9 {
			time.Sleep(time.Second / 10)
			wantFind(t, keys, s, nil, 1)
		}
		time.Sleep(time.Second / 10)
		wantFind(t, keys, s, cam.ErrNoKey, 2)
		if n := keys.Remembered(); n != 0 {
			t.Errorf("%d keys are remembered, want none", n)
		}
		s.enable(true) // and its absence was not remembered
		wantFind(t, keys, s, nil, 3)
	})
}

func TestDisabledKeyIsAsOneThatNeverWas(t *testing.T) {
	s, seals := withRoot(t)
	s.enable(false)
	wantFind(t, cam.NewKeyring(s, seals), s, cam.ErrNoKey, 1)
	delete(s.keys, secretID)
	wantFind(t, cam.NewKeyring(s, seals), s, cam.ErrNoKey, 2)
}

func TestKeyOfADisabledUserOrAccountStopsWithinASecond(t *testing.T) {
	for name, disable := range map[string]func(*store){
		"user":    func(s *store) { s.disabledUser = true },
		"account": func(s *store) { s.disabledOwner = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, seals := withRoot(t)
				keys := cam.NewKeyring(s, seals)
				wantFind(t, keys, s, nil, 1)
				disable(s)
				time.Sleep(time.Second)
				wantFind(t, keys, s, cam.ErrNoKey, 2)
				s.disabledUser, s.disabledOwner = false, false
				wantFind(t, keys, s, nil, 3)
			})
		})
	}
}

func TestNewSecretKeyIsSeenAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, seals := withRoot(t)
		keys := cam.NewKeyring(s, seals)
		wantFind(t, keys, s, nil, 1)
		changed := s.keys[secretID]
		changed.Version++
		s.set(changed)
		time.Sleep(time.Second)
		if key, err := keys.Find(t.Context(), secretID); err != nil || key.Version != 2 {
			t.Errorf("found %+v with error %v, want version 2", key, err)
		}
	})
}

// A store that cannot tell is not one that says no.
func TestStoreErrorIsToldAndNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, seals := withRoot(t)
		keys := cam.NewKeyring(s, seals)
		s.findErr = errStore
		wantFind(t, keys, s, errStore, 1)
		if _, err := keys.Find(t.Context(), secretID); errors.Is(err, cam.ErrNoKey) {
			t.Errorf("the error %v says that there is no such key", err)
		}
		s.findErr = nil
		wantFind(t, keys, s, nil, 3)

		s.findErr = errStore // while the key is remembered
		wantFind(t, keys, s, nil, 3)
		time.Sleep(time.Second)
		wantFind(t, keys, s, errStore, 4)
		s.findErr = nil
		wantFind(t, keys, s, nil, 5)
	})
}

func TestMemoryOfKeysIsBounded(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	for i := range 3 * cam.MaxRemembered {
		id := fmt.Sprint("AKID", i)
		s.set(cam.AccessKey{SecretID: id, Owner: owner, Enabled: true})
		if key, err := keys.Find(t.Context(), id); err != nil || key.SecretID != id {
			t.Fatalf("found %+v with error %v, want %s", key, err, id)
		}
		if n := keys.Remembered(); n > cam.MaxRemembered {
			t.Fatalf("%d keys are remembered, want %d at most", n, cam.MaxRemembered)
		}
	}
}

func TestUnknownAndDisabledSecretIdsTakeNoMemory(t *testing.T) {
	s, seals := withRoot(t)
	s.enable(false)
	keys := cam.NewKeyring(s, seals)
	for i := range 100 {
		if _, err := keys.Find(t.Context(), fmt.Sprint("AKID", i)); !errors.Is(err, cam.ErrNoKey) {
			t.Fatalf("error %v, want %v", err, cam.ErrNoKey)
		}
	}
	wantFind(t, keys, s, cam.ErrNoKey, 101)
	if n := keys.Remembered(); n != 0 {
		t.Errorf("%d keys are remembered, want none", n)
	}
}

func TestConcurrentFindsGiveEachItsOwnKey(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	var group sync.WaitGroup
	for i := range 16 {
		id := fmt.Sprint("AKID", i%4)
		s.set(cam.AccessKey{SecretID: id, Owner: owner, Enabled: true})
		group.Go(func() {
			for range 100 {
				if key, err := keys.Find(t.Context(), id); err != nil || key.SecretID != id {
					t.Errorf("found %+v with error %v, want %s", key, err, id)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestSecretOpensTheSecretKey(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	key, err := keys.Find(t.Context(), secretID)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Secret(t.Context(), key); err != nil || got != secretKey {
		t.Errorf("the SecretKey is %q with error %v, want %q", string(got), err, string(secretKey))
	}
	// In a row of another account or SecretId it is none.
	for _, moved := range []cam.AccessKey{
		{SecretID: "AKIDother", Owner: key.Owner, SecretKey: key.SecretKey},
		{SecretID: key.SecretID, Owner: key.Owner + 1, SecretKey: key.SecretKey},
	} {
		if got, err := keys.Secret(t.Context(), moved); !errors.Is(err, errSeal) || got != "" {
			t.Errorf("moved, the SecretKey is %q with error %v, want %v", string(got), err, errSeal)
		}
	}
}
