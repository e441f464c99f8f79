package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

func accounts(t *testing.T, s Store) {
	ctx := t.Context()
	key, err := s.AccessKey(ctx, "AKID"+alice.String())
	must(t, err)
	want := cam.AccessKey{SecretID: "AKID" + alice.String(), Owner: alice, SecretKey: csr.Sealed("sealed"), Version: 1, Enabled: true, CreateTime: start,
		OwnerEnabled: true, UserEnabled: true}
	if !reflect.DeepEqual(key, want) {
		t.Errorf("key\n%+v\nwant\n%+v", key, want)
	}
	_, err = s.AccessKey(ctx, "AKIDunknown")
	wantErr(t, "unknown key", err, cam.ErrNoKey)
	// A key that is taken: the account is not made either.
	const carol csr.Owner = 100000000003
	wantErr(t, "a SecretId given twice", s.CreateAccount(ctx, cam.Account{Owner: carol, CreateTime: start}, cam.AccessKey{SecretID: key.SecretID, Owner: carol}), cam.ErrExists)
	// And an account that is there: it gets no other key.
	wantErr(t, "an account made twice", s.CreateAccount(ctx, cam.Account{Owner: alice}, cam.AccessKey{SecretID: "AKIDcarol", Owner: alice, SecretKey: csr.Sealed{1}}), cam.ErrExists)
	_, err = s.AccessKey(ctx, "AKIDcarol")
	wantErr(t, "its key", err, cam.ErrNoKey)
	all, err := s.Accounts(ctx)
	if want := []cam.Account{
		{Owner: alice, Name: "a team", Enabled: true, CreateTime: start}, {Owner: bob, Name: "a team", Enabled: true, CreateTime: start},
	}; err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("accounts %v, %v, want %v", all, err, want)
	}
	must(t, s.CreateAccount(ctx, cam.Account{Owner: carol, CreateTime: start},
		cam.AccessKey{SecretID: "AKIDcarol", Owner: carol, SecretKey: csr.Sealed{1}, Version: 1, CreateTime: start}))
	if key, err := s.AccessKey(ctx, "AKIDcarol"); err != nil || key.Enabled {
		t.Errorf("carol's key: %+v, %v", key, err)
	}
}

// wantUsable fails unless a key can be used, or cannot, as is wanted.
func wantUsable(t *testing.T, s Store, secretID string, want bool) {
	t.Helper()
	key, err := s.AccessKey(t.Context(), secretID)
	must(t, err)
	if key.Usable() != want {
		t.Errorf("%s: usable is %t, want %t: %+v", secretID, key.Usable(), want, key)
	}
}

// wantInUse fails unless the error says what is in the way.
func wantInUse(t *testing.T, what string, err error, want cam.InUseError) {
	t.Helper()
	var use *cam.InUseError
	if !errors.As(err, &use) || *use != want {
		t.Errorf("%s: error %v, want %v", what, err, &want)
	}
}

func disableAccount(t *testing.T, s Store) {
	ctx := t.Context()
	addUser(t, s, alice, "dev")
	addAccessKey(t, s, alice, "dev", "AKIDdev")
	for _, enabled := range []bool{false, false, true, true} {
		must(t, s.EnableAccount(ctx, alice, enabled))
		all, err := s.Accounts(ctx)
		must(t, err)
		if all[0].Enabled != enabled || !all[1].Enabled {
			t.Errorf("accounts %+v, want alice's enabled %t", all, enabled)
		}
		wantUsable(t, s, "AKID"+alice.String(), enabled)
		wantUsable(t, s, "AKIDdev", enabled)
		wantUsable(t, s, "AKID"+bob.String(), true)
	}
	wantErr(t, "none", s.EnableAccount(ctx, 1, true), cam.ErrNoAccount)
}

func deleteAccount(t *testing.T, s Store) {
	ctx := t.Context()
	wantErr(t, "none", s.DeleteAccount(ctx, 1, true), cam.ErrNoAccount)
	addUser(t, s, alice, "dev")
	addAccessKey(t, s, alice, "dev", "AKIDdev")
	addPolicy(t, s, alice, "p")
	must(t, s.Attach(ctx, alice, cam.Attachment{User: "dev", Policy: "p"}))
	must(t, s.AddDataKey(ctx, wrapped(alice, 1, oldKEK, "alice's")))
	kept, gone := add(t, s, draft("a.example.com")), add(t, s, draft("b.example.com"))
	_, err := s.Delete(ctx, alice, []int64{gone.ID}, start, true)
	must(t, err)

	use := cam.InUseError{CSRs: 1, Deleted: 1, Users: 1, Policies: 1}
	wantInUse(t, "in use", s.DeleteAccount(ctx, alice, false), use)
	wantInUse(t, "forced, with a CSR", s.DeleteAccount(ctx, alice, true), use)
	wantCSR(t, s, kept)
	wantUsable(t, s, "AKIDdev", true)
	_, err = s.Delete(ctx, alice, []int64{kept.ID}, start, false)
	must(t, err)
	use.CSRs = 0
	wantInUse(t, "without CSRs", s.DeleteAccount(ctx, alice, false), use)
	must(t, s.DeleteAccount(ctx, alice, true))

	for _, secretID := range []string{"AKIDdev", "AKID" + alice.String()} {
		_, err := s.AccessKey(ctx, secretID)
		wantErr(t, secretID, err, cam.ErrNoKey)
	}
	if deleted, err := s.ListDeleted(ctx, 10); err != nil || len(deleted) > 0 {
		t.Errorf("deleted CSRs are left: %v, %v", deleted, err)
	}
	if keys, err := s.DataKeys(ctx, alice); err != nil || len(keys) != 1 {
		t.Errorf("data keys %v, %v, want the one there was: a server may seal with it", keys, err)
	}
	wantErr(t, "the last one", s.DeleteAccount(ctx, bob, true), cam.ErrLastAccount)
	wantUsable(t, s, "AKID"+bob.String(), true)

	// The same Uin again begins with nothing.
	must(t, s.CreateAccount(ctx, cam.Account{Owner: alice, Enabled: true, CreateTime: start.Add(time.Hour)},
		cam.AccessKey{SecretID: "AKIDagain", Owner: alice, SecretKey: csr.Sealed{1}, Enabled: true, CreateTime: start}))
	wantList(t, s, "made again", alice, csr.Filter{}, 0, 10, nil, 0)
	users, err := s.Users(ctx, alice)
	must(t, err)
	policies, err := s.Policies(ctx, alice)
	must(t, err)
	if len(users)+len(policies) > 0 {
		t.Errorf("made again, it has users %v and policies %v", users, policies)
	}
	must(t, s.DeleteAccount(ctx, alice, false)) // empty, it needs no force
}
