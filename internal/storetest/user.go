package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

func addUser(t *testing.T, s Store, owner csr.Owner, name string) cam.User {
	t.Helper()
	u := cam.User{Owner: owner, Name: name, Enabled: true, CreateTime: start, TokensFrom: tokensFrom}
	must(t, s.CreateUser(t.Context(), u))
	return u
}

func addAccessKey(t *testing.T, s Store, owner csr.Owner, user, secretID string) cam.AccessKey {
	t.Helper()
	key := newAccessKey(owner, user, secretID)
	must(t, s.CreateKey(t.Context(), key))
	return key
}

// tokensFrom is that of the users of the tests.
var tokensFrom = start.Add(time.Minute)

// newAccessKey is an enabled access key as the store gives it back.
func newAccessKey(owner csr.Owner, user, secretID string) cam.AccessKey {
	key := cam.AccessKey{
		SecretID: secretID, Owner: owner, User: user, SecretKey: csr.Sealed("sealed " + secretID), Version: 1, Enabled: true,
		CreateTime: start.Add(time.Second), OwnerEnabled: true, UserEnabled: true,
	}
	if user != "" {
		key.TokensFrom = tokensFrom
	}
	return key
}

func users(t *testing.T, s Store) {
	ctx := t.Context()
	if got, err := s.Users(ctx, alice); err != nil || len(got) > 0 {
		t.Errorf("users of a new account: %v, %v", got, err)
	}
	ops, dev := addUser(t, s, alice, "ops"), addUser(t, s, alice, "dev")
	wantErr(t, "twice", s.CreateUser(ctx, cam.User{Owner: alice, Name: "dev", CreateTime: start}), cam.ErrExists)
	wantErr(t, "in no account", s.CreateUser(ctx, cam.User{Owner: 1, Name: "dev"}), cam.ErrNoAccount)
	got, err := s.Users(ctx, alice)
	must(t, err)
	if want := []cam.User{dev, ops}; !reflect.DeepEqual(got, want) {
		t.Errorf("users\n%+v\nwant\n%+v", got, want)
	}
	_, err = s.User(ctx, alice, "Dev")
	wantErr(t, "in other letters", err, cam.ErrNoUser)

	addAccessKey(t, s, alice, "dev", "AKIDdev")
	addAccessKey(t, s, alice, "ops", "AKIDops")
	for _, enabled := range []bool{false, false, true} {
		must(t, s.EnableUser(ctx, alice, "dev", enabled))
		dev.Enabled = enabled
		if got, err := s.User(ctx, alice, "dev"); err != nil || got != dev {
			t.Errorf("user %+v, %v, want %+v", got, err, dev)
		}
		wantUsable(t, s, "AKIDdev", enabled)
		wantUsable(t, s, "AKIDops", true)
		wantUsable(t, s, "AKID"+alice.String(), true)
	}
	wantErr(t, "none", s.EnableUser(ctx, alice, "nobody", false), cam.ErrNoUser)

	later := start.Add(time.Hour + time.Microsecond)
	must(t, s.RevokeTokens(ctx, alice, "dev", later))
	wantErr(t, "tokens of none", s.RevokeTokens(ctx, bob, "dev", later), cam.ErrNoUser)
	for secretID, want := range map[string]time.Time{"AKIDdev": later, "AKIDops": tokensFrom, "AKID" + alice.String(): {}} {
		if key, err := s.AccessKey(ctx, secretID); err != nil || !key.TokensFrom.Equal(want) {
			t.Errorf("the tokens of %s are good from %v on, %v, want %v", secretID, key.TokensFrom, err, want)
		}
	}
}

func deleteUser(t *testing.T, s Store) {
	ctx := t.Context()
	wantErr(t, "none", s.DeleteUser(ctx, alice, "dev", true), cam.ErrNoUser)
	addUser(t, s, alice, "dev")
	must(t, s.DeleteUser(ctx, alice, "dev", false))
	addUser(t, s, alice, "dev")
	addUser(t, s, alice, "ops")
	addAccessKey(t, s, alice, "dev", "AKIDdev")
	addAccessKey(t, s, alice, "ops", "AKIDops")
	must(t, s.EnableKey(ctx, "AKIDdev", false))
	must(t, s.Attach(ctx, alice, cam.Attachment{User: "dev", Policy: "preset", Preset: true}))
	wantInUse(t, "in use", s.DeleteUser(ctx, alice, "dev", false), cam.InUseError{Keys: 1, Policies: 1})
	must(t, s.DeleteUser(ctx, alice, "dev", true))
	_, err := s.AccessKey(ctx, "AKIDdev")
	wantErr(t, "the key", err, cam.ErrNoKey)
	wantUsable(t, s, "AKIDops", true)
	addUser(t, s, alice, "dev") // with nothing of the one before
	if got, err := s.PoliciesOf(ctx, alice, "dev"); err != nil || len(got) > 0 {
		t.Errorf("policies of a user made again: %v, %v", got, err)
	}
}

func accessKeys(t *testing.T, s Store) {
	ctx := t.Context()
	addUser(t, s, alice, "dev")
	wantErr(t, "of no account", s.CreateKey(ctx, newAccessKey(1, "", "AKIDnone")), cam.ErrNoAccount)
	wantErr(t, "of no user", s.CreateKey(ctx, newAccessKey(alice, "nobody", "AKIDnone")), cam.ErrNoUser)
	wantErr(t, "of another account's user", s.CreateKey(ctx, newAccessKey(bob, "dev", "AKIDnone")), cam.ErrNoUser)
	dev := addAccessKey(t, s, alice, "dev", "AKIDdev")
	root := addAccessKey(t, s, alice, "", "AKIDroot2")
	wantErr(t, "a SecretId given twice", s.CreateKey(ctx, newAccessKey(bob, "", "AKIDdev")), cam.ErrExists)
	first, err := s.AccessKey(ctx, "AKID"+alice.String())
	must(t, err)
	got, err := s.AccessKeys(ctx, alice)
	must(t, err)
	if want := []cam.AccessKey{first, root, dev}; !reflect.DeepEqual(got, want) {
		t.Errorf("access keys\n%+v\nwant\n%+v", got, want)
	}
	if got, err := s.AccessKey(ctx, "AKIDdev"); err != nil || !reflect.DeepEqual(got, dev) {
		t.Errorf("access key %+v, %v, want %+v", got, err, dev)
	}
}

func twoKeys(t *testing.T, s Store) {
	ctx := t.Context()
	addUser(t, s, alice, "dev")
	addUser(t, s, alice, "ops")
	addAccessKey(t, s, alice, "dev", "AKID1")
	addAccessKey(t, s, alice, "dev", "AKID2")
	third := newAccessKey(alice, "dev", "AKID3")
	wantErr(t, "a third", s.CreateKey(ctx, third), cam.ErrTooManyKeys)
	_, err := s.AccessKey(ctx, "AKID3")
	wantErr(t, "the third", err, cam.ErrNoKey)
	must(t, s.EnableKey(ctx, "AKID2", true)) // it is already
	must(t, s.EnableKey(ctx, "AKID1", false))
	must(t, s.CreateKey(ctx, third))
	wantErr(t, "the first again", s.EnableKey(ctx, "AKID1", true), cam.ErrTooManyKeys)
	wantUsable(t, s, "AKID1", false)
	must(t, s.EnableKey(ctx, "AKID3", false))
	must(t, s.EnableKey(ctx, "AKID1", true))
	addAccessKey(t, s, alice, "ops", "AKIDops") // each for himself
	addAccessKey(t, s, alice, "", "AKIDroot2")
	wantErr(t, "a third of the root", s.CreateKey(ctx, newAccessKey(alice, "", "AKIDroot3")), cam.ErrTooManyKeys)
	wantErr(t, "a key that is not there", s.EnableKey(ctx, "AKIDnone", true), cam.ErrNoKey)

	// Nor do several who ask at once get more.
	addUser(t, s, alice, "busy")
	var made atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			switch err := s.CreateKey(ctx, newAccessKey(alice, "busy", fmt.Sprint("AKIDbusy", i))); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, cam.ErrTooManyKeys):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != cam.MaxActiveKeys {
		t.Errorf("%d keys were made at once, want %d", made.Load(), cam.MaxActiveKeys)
	}
}

func lastRootKey(t *testing.T, s Store) {
	ctx := t.Context()
	first := "AKID" + alice.String()
	addUser(t, s, alice, "dev")
	addAccessKey(t, s, alice, "dev", "AKIDdev") // a user's key is no root key
	wantErr(t, "disable the only one", s.EnableKey(ctx, first, false), cam.ErrLastRootKey)
	wantErr(t, "delete the only one", s.DeleteKey(ctx, first, true), cam.ErrLastRootKey)
	wantUsable(t, s, first, true)
	addAccessKey(t, s, alice, "", "AKIDroot2")
	must(t, s.EnableKey(ctx, first, false))
	wantErr(t, "disable the other", s.EnableKey(ctx, "AKIDroot2", false), cam.ErrLastRootKey)
	wantErr(t, "delete the other", s.DeleteKey(ctx, "AKIDroot2", true), cam.ErrLastRootKey)
	wantUsable(t, s, "AKIDroot2", true)
	must(t, s.DeleteKey(ctx, first, false))
	must(t, s.EnableKey(ctx, "AKIDdev", false)) // a user may be left without
	must(t, s.DeleteKey(ctx, "AKIDdev", false))
}

func deleteKey(t *testing.T, s Store) {
	ctx := t.Context()
	addUser(t, s, alice, "dev")
	addAccessKey(t, s, alice, "dev", "AKID1")
	addAccessKey(t, s, alice, "dev", "AKID2")
	wantErr(t, "an enabled one", s.DeleteKey(ctx, "AKID1", false), cam.ErrKeyEnabled)
	wantUsable(t, s, "AKID1", true)
	must(t, s.DeleteKey(ctx, "AKID1", true))
	must(t, s.EnableKey(ctx, "AKID2", false))
	must(t, s.DeleteKey(ctx, "AKID2", false))
	for _, secretID := range []string{"AKID1", "AKID2"} {
		_, err := s.AccessKey(ctx, secretID)
		wantErr(t, secretID, err, cam.ErrNoKey)
		wantErr(t, secretID+" again", s.DeleteKey(ctx, secretID, true), cam.ErrNoKey)
	}
}

func lastUsed(t *testing.T, s Store) {
	ctx := t.Context()
	a, b := "AKID"+alice.String(), "AKID"+bob.String()
	want := func(secretID string, at time.Time) {
		t.Helper()
		if key, err := s.AccessKey(ctx, secretID); err != nil || !key.LastUsed.Equal(at) {
			t.Errorf("%s was last used at %v, %v, want %v", secretID, key.LastUsed, err, at)
		}
	}
	want(a, time.Time{})
	must(t, s.SetLastUsed(ctx, nil))
	must(t, s.SetLastUsed(ctx, map[string]time.Time{a: start, "AKIDgone": start}))
	want(a, start)
	want(b, time.Time{})
	must(t, s.SetLastUsed(ctx, map[string]time.Time{a: start.Add(-time.Hour), b: start.Add(time.Hour)}))
	want(a, start)
	want(b, start.Add(time.Hour))

	// Many, of which one is known: it takes several transactions.
	many := map[string]time.Time{a: start.Add(time.Minute)}
	for i := range 1100 {
		many["AKID"+time.Duration(i).String()] = start
	}
	must(t, s.SetLastUsed(ctx, many))
	want(a, start.Add(time.Minute))
	keys, err := s.AccessKeys(ctx, alice)
	if must(t, err); !slices.ContainsFunc(keys, func(k cam.AccessKey) bool { return k.LastUsed.Equal(start.Add(time.Minute)) }) {
		t.Errorf("the list does not have it: %+v", keys)
	}
}
