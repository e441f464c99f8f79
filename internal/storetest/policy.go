package storetest

import (
	"reflect"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

func addPolicy(t *testing.T, s Store, owner csr.Owner, name string) cam.Policy {
	t.Helper()
	p := cam.Policy{Owner: owner, Name: name, Document: `{"version": "2.0", "名": "` + name + `"}`, CreateTime: start, ChangeTime: start}
	must(t, s.CreatePolicy(t.Context(), p))
	return p
}

func policies(t *testing.T, s Store) {
	ctx := t.Context()
	b, a := addPolicy(t, s, alice, "b"), addPolicy(t, s, alice, "a")
	wantErr(t, "twice", s.CreatePolicy(ctx, cam.Policy{Owner: alice, Name: "a", Document: "{}"}), cam.ErrExists)
	wantErr(t, "in no account", s.CreatePolicy(ctx, cam.Policy{Owner: 1, Name: "a", Document: "{}"}), cam.ErrNoAccount)
	if got, err := s.Policies(ctx, alice); err != nil || !reflect.DeepEqual(got, []cam.Policy{a, b}) {
		t.Errorf("policies %+v, %v, want %+v", got, err, []cam.Policy{a, b})
	}

	changed := a
	changed.Document, changed.ChangeTime = `{"version": "2.0", "statement": []}`, start.Add(time.Hour)
	wrong := changed
	wrong.CreateTime = start.Add(time.Minute) // that of the first stays
	must(t, s.ReplacePolicy(ctx, wrong))
	if got, err := s.Policy(ctx, alice, "a"); err != nil || got != changed {
		t.Errorf("policy %+v, %v, want %+v", got, err, changed)
	}
	wrong.Name = "c"
	wantErr(t, "replace none", s.ReplacePolicy(ctx, wrong), cam.ErrNoPolicy)

	addUser(t, s, alice, "dev")
	addUser(t, s, alice, "ops")
	must(t, s.Attach(ctx, alice, cam.Attachment{User: "dev", Policy: "a"}))
	must(t, s.Attach(ctx, alice, cam.Attachment{User: "ops", Policy: "a"}))
	wantInUse(t, "attached", s.DeletePolicy(ctx, alice, "a"), cam.InUseError{Users: 2})
	must(t, s.Detach(ctx, alice, "dev", "a"))
	wantInUse(t, "attached to one", s.DeletePolicy(ctx, alice, "a"), cam.InUseError{Users: 1})
	must(t, s.Detach(ctx, alice, "ops", "a"))
	must(t, s.DeletePolicy(ctx, alice, "a"))
	_, err := s.Policy(ctx, alice, "a")
	wantErr(t, "deleted", err, cam.ErrNoPolicy)
	wantErr(t, "deleted again", s.DeletePolicy(ctx, alice, "a"), cam.ErrNoPolicy)
}

func attachments(t *testing.T, s Store) {
	ctx := t.Context()
	own := addPolicy(t, s, alice, "own")
	addUser(t, s, alice, "dev")
	addUser(t, s, alice, "ops")
	preset := cam.Attachment{User: "dev", Policy: "preset", Preset: true}
	stored := cam.Attachment{User: "dev", Policy: "own"}
	for range 2 { // the second time it is attached already
		must(t, s.Attach(ctx, alice, preset))
		must(t, s.Attach(ctx, alice, stored))
	}
	must(t, s.Attach(ctx, alice, cam.Attachment{User: "ops", Policy: "own"}))
	wantErr(t, "to nobody", s.Attach(ctx, alice, cam.Attachment{User: "nobody", Policy: "own"}), cam.ErrNoUser)
	wantErr(t, "none", s.Attach(ctx, alice, cam.Attachment{User: "dev", Policy: "none"}), cam.ErrNoPolicy)

	got, err := s.Attachments(ctx, alice)
	if want := []cam.Attachment{stored, preset, {User: "ops", Policy: "own"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("attachments %+v, %v, want %+v", got, err, want)
	}
	wantPoliciesOf(t, s, alice, "dev", own, cam.Policy{Owner: alice, Name: "preset"})
	wantPoliciesOf(t, s, alice, "ops", own)
	must(t, s.Detach(ctx, alice, "dev", "preset"))
	must(t, s.Detach(ctx, alice, "dev", "own"))
	wantErr(t, "again", s.Detach(ctx, alice, "dev", "own"), cam.ErrNoPolicy)
	wantPoliciesOf(t, s, alice, "dev")
	wantPoliciesOf(t, s, alice, "ops", own)
}

func wantPoliciesOf(t *testing.T, s Store, owner csr.Owner, user string, want ...cam.Policy) {
	t.Helper()
	if got, err := s.PoliciesOf(t.Context(), owner, user); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("policies of %s: %+v, %v, want %+v", user, got, err, want)
	}
}

func camIsolation(t *testing.T, s Store) {
	ctx := t.Context()
	mine, theirs := addPolicy(t, s, alice, "p"), addPolicy(t, s, bob, "p")
	for _, owner := range []csr.Owner{alice, bob} {
		addUser(t, s, owner, "dev")
		addAccessKey(t, s, owner, "dev", "AKIDdev"+owner.String())
		must(t, s.Attach(ctx, owner, cam.Attachment{User: "dev", Policy: "p"}))
	}
	must(t, s.EnableUser(ctx, alice, "dev", false))
	mine.Document, mine.ChangeTime = "{}", start.Add(time.Hour)
	must(t, s.ReplacePolicy(ctx, mine))
	wantUsable(t, s, "AKIDdev"+alice.String(), false)
	wantUsable(t, s, "AKIDdev"+bob.String(), true)
	wantPoliciesOf(t, s, alice, "dev", mine)
	wantPoliciesOf(t, s, bob, "dev", theirs)
	must(t, s.DeleteUser(ctx, alice, "dev", true))
	must(t, s.DeletePolicy(ctx, alice, "p"))
	wantUsable(t, s, "AKIDdev"+bob.String(), true)
	wantPoliciesOf(t, s, bob, "dev", theirs)
	must(t, s.DeleteAccount(ctx, alice, false))
	if keys, err := s.AccessKeys(ctx, bob); err != nil || len(keys) != 2 {
		t.Errorf("bob's keys: %+v, %v", keys, err)
	}
}
