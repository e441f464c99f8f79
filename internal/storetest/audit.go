package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/seal"
)

// entries returns the entries that match a filter.
func entries(t *testing.T, s Store, f audit.Filter) (all []*audit.Entry) {
	t.Helper()
	must(t, s.Entries(t.Context(), f, func(e *audit.Entry) error {
		all = append(all, e)
		return nil
	}))
	return all
}

func chainOf(owner csr.Owner) audit.Filter { return audit.Filter{Owner: &owner} }

// wantVerified fails unless a chain verifies with so many entries.
func wantVerified(t *testing.T, s Store, owner csr.Owner, want int64) {
	t.Helper()
	report, err := audit.Verify(t.Context(), s, audit.NewKeys(s, Sealer{}), owner)
	must(t, err)
	if len(report.Faults) > 0 || report.Entries != want {
		t.Errorf("account %s: %d entries with the faults %v, want %d without", owner, report.Entries, report.Faults, want)
	}
}

// changesOf are all the changes of a store, each of which works once, after
// those before it, and what they are done to.
func changesOf(t *testing.T, s Store) []change {
	newID := func() int64 {
		id, err := s.NewID(t.Context())
		must(t, err)
		return id
	}
	c, keyless := draft("a.example.com"), imported(spkiOf(1))
	c.ID, keyless.ID = newID(), newID()
	must(t, s.AddDataKey(t.Context(), wrapped(alice, 1, oldKEK, "a")))
	const carol csr.Owner = 100000000003
	on := audit.CSR(c.ID)
	return []change{
		{"Create", alice, []string{on}, func(ctx context.Context) error { return s.Create(ctx, c) }},
		{"Update", alice, []string{on}, func(ctx context.Context) error { return s.Update(ctx, c) }},
		{"CreateOnce", alice, []string{audit.CSR(keyless.ID)}, func(ctx context.Context) error { return s.CreateOnce(ctx, keyless) }},
		{"AddKey", alice, []string{audit.CSR(keyless.ID)}, func(ctx context.Context) error {
			return s.AddKey(ctx, alice, keyless.ID, csr.Sealed{1}, nil)
		}},
		{"Delete", alice, []string{on}, func(ctx context.Context) error { return deleteOne(ctx, s, c.ID, true) }},
		{"Restore", alice, []string{on}, func(ctx context.Context) error { return s.Restore(ctx, alice, c.ID) }},
		{"Delete again", alice, []string{on}, func(ctx context.Context) error { return deleteOne(ctx, s, c.ID, true) }},
		{"Purge", alice, []string{on}, func(ctx context.Context) error {
			_, err := s.Purge(ctx, start.Add(time.Hour), 10)
			return err
		}},
		{"Delete without retain", alice, []string{audit.CSR(keyless.ID)}, func(ctx context.Context) error { return deleteOne(ctx, s, keyless.ID, false) }},
		{"CreateAccount", carol, []string{"account/100000000003", "key/AKIDcarol"}, func(ctx context.Context) error {
			return s.CreateAccount(ctx, cam.Account{Owner: carol, CreateTime: start},
				cam.AccessKey{SecretID: "AKIDcarol", Owner: carol, SecretKey: csr.Sealed("sealed"), Version: 1, CreateTime: start})
		}},
		{"EnableAccount", carol, []string{"account/100000000003"}, func(ctx context.Context) error { return s.EnableAccount(ctx, carol, true) }},
		{"CreateUser", carol, []string{"user/ann"}, func(ctx context.Context) error {
			return s.CreateUser(ctx, cam.User{Owner: carol, Name: "ann", CreateTime: start})
		}},
		{"EnableUser", carol, []string{"user/ann"}, func(ctx context.Context) error { return s.EnableUser(ctx, carol, "ann", true) }},
		{"RevokeTokens", carol, []string{"user/ann"}, func(ctx context.Context) error { return s.RevokeTokens(ctx, carol, "ann", start) }},
		{"CreateKey", carol, []string{"key/AKIDann"}, func(ctx context.Context) error {
			return s.CreateKey(ctx, cam.AccessKey{SecretID: "AKIDann", Owner: carol, User: "ann", SecretKey: csr.Sealed("sealed"), Version: 1, CreateTime: start})
		}},
		{"EnableKey", carol, []string{"key/AKIDann"}, func(ctx context.Context) error { return s.EnableKey(ctx, "AKIDann", true) }},
		{"DeleteKey", carol, []string{"key/AKIDann"}, func(ctx context.Context) error { return s.DeleteKey(ctx, "AKIDann", true) }},
		{"CreatePolicy", carol, []string{"policy/p"}, func(ctx context.Context) error {
			return s.CreatePolicy(ctx, cam.Policy{Owner: carol, Name: "p", Document: "{}", CreateTime: start, ChangeTime: start})
		}},
		{"ReplacePolicy", carol, []string{"policy/p"}, func(ctx context.Context) error {
			return s.ReplacePolicy(ctx, cam.Policy{Owner: carol, Name: "p", Document: "[]", ChangeTime: start})
		}},
		{"Attach", carol, []string{"policy/p", "user/ann"}, func(ctx context.Context) error {
			return s.Attach(ctx, carol, cam.Attachment{User: "ann", Policy: "p"})
		}},
		{"Detach", carol, []string{"policy/p", "user/ann"}, func(ctx context.Context) error { return s.Detach(ctx, carol, "ann", "p") }},
		{"DeletePolicy", carol, []string{"policy/p"}, func(ctx context.Context) error { return s.DeletePolicy(ctx, carol, "p") }},
		{"DeleteUser", carol, []string{"user/ann"}, func(ctx context.Context) error { return s.DeleteUser(ctx, carol, "ann", true) }},
		{"DeleteAccount", carol, []string{"account/100000000003"}, func(ctx context.Context) error { return s.DeleteAccount(ctx, carol, true) }},
		{"BeginRotation", audit.System, []string{"master-key/" + oldKEK.String(), "master-key/" + newKEK.String()}, func(ctx context.Context) error {
			return s.BeginRotation(ctx, oldKEK, newKEK, start, start)
		}},
		{"EndRotation", audit.System, []string{"master-key/" + oldKEK.String(), "master-key/" + newKEK.String()}, func(ctx context.Context) error {
			must(t, s.Rewrap(ctx, []seal.DataKey{wrapped(alice, 1, oldKEK, "a")}, []seal.DataKey{wrapped(alice, 1, newKEK, "a")}))
			return s.EndRotation(ctx, oldKEK, newKEK, start)
		}},
	}
}

type change struct {
	name  string
	owner csr.Owner
	on    []string
	do    func(context.Context) error
}

func deleteOne(ctx context.Context, s Store, id int64, retain bool) error {
	deleted, err := s.Delete(ctx, alice, []int64{id, id + 1000}, start, retain)
	if err == nil && !slices.Equal(deleted, []int64{id}) {
		err = fmt.Errorf("deleted are %v", deleted)
	}
	return err
}

// everyChangeIsRecorded checks that no change is made without an entry, and
// that each has the one that the context carries.
func everyChangeIsRecorded(t *testing.T, s Store) {
	s = s.(recorded).Store
	for i, c := range changesOf(t, s) {
		before := entries(t, s, chainOf(c.owner))
		wantErr(t, c.name+" without an entry", c.do(t.Context()), audit.ErrNoEntry)
		var noted []audit.Entry
		want := Entry()
		want.RequestID = fmt.Sprint("request ", i)
		pending := audit.NewPending(audit.NewKeys(s, Sealer{}), want, func(e *audit.Entry) { noted = append(noted, *e) })
		if err := c.do(audit.With(t.Context(), pending)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		after := entries(t, s, chainOf(c.owner))
		if len(after) != len(before)+1 || !pending.Appended() || len(noted) != 1 {
			t.Fatalf("%s: the chain has %d entries, before %d; noted are %v", c.name, len(after), len(before), noted)
		}
		want.Owner, want.Resources = c.owner, c.on
		got := *after[0]
		want.Seq, want.MAC = got.Seq, got.MAC
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(noted[0], want) {
			t.Errorf("%s: recorded is\n%+v\nnoted\n%+v\nwant\n%+v", c.name, got, noted[0], want)
		}
		wantVerified(t, s, c.owner, int64(len(after)))
	}
}

// noChangeNoEntry checks that what changes nothing leaves no entry.
func noChangeNoEntry(t *testing.T, s Store) {
	c := add(t, s, draft("a.example.com"))
	c.Revision++
	ctx := t.Context()
	before := len(entries(t, s, audit.Filter{}))
	wantErr(t, "an update of another revision", s.Update(ctx, c), csr.ErrConflict)
	wantErr(t, "a key for a draft", s.AddKey(ctx, alice, c.ID, csr.Sealed{1}, nil), csr.ErrNotFound)
	wantErr(t, "restoring what is not deleted", s.Restore(ctx, alice, c.ID), csr.ErrNotFound)
	wantErr(t, "restoring of an account that is not there", s.Restore(ctx, 1, c.ID), csr.ErrNotFound)
	wantErr(t, "a user of an account that is not there", s.CreateUser(ctx, cam.User{Owner: 1, Name: "ann"}), cam.ErrNoAccount)
	wantErr(t, "an access key twice", s.CreateKey(ctx, cam.AccessKey{SecretID: "AKID" + alice.String(), Owner: alice, SecretKey: csr.Sealed("x")}), cam.ErrExists)
	must(t, s.EnableKey(ctx, "AKID"+alice.String(), true)) // it is
	wantErr(t, "a rotation of nothing", s.BeginRotation(ctx, oldKEK, newKEK, start, start), seal.ErrKEKChanged)
	deleted, err := s.Delete(ctx, bob, []int64{c.ID}, start, true)
	if err != nil || len(deleted) > 0 {
		t.Errorf("deleted of another account are %v, %v", deleted, err)
	}
	if n, err := s.Purge(ctx, start.Add(time.Hour), 10); err != nil || n != 0 {
		t.Errorf("purged are %d, %v", n, err)
	}
	if err := s.Create(ctx, c); err == nil {
		t.Error("a CSR is created twice")
	}
	if after := len(entries(t, s, audit.Filter{})); after != before {
		t.Errorf("%d entries, want %d", after, before)
	}
	if chains, err := s.Chains(ctx); err != nil || slices.Contains(chains, 1) {
		t.Errorf("the chains are %v, %v: one is of an account that is not there", chains, err)
	}
}

// unrecordedChangesNothing checks that a change whose entry cannot be written
// is not made.
func unrecordedChangesNothing(t *testing.T, s Store) {
	c := add(t, s, draft("a.example.com"))
	wrong := audit.NewPending(audit.NewKeys(anotherKey{s}, Sealer{}), Entry(), nil)
	ctx := audit.With(t.Context(), wrong)
	changed := *c
	changed.Domain = "b.example.com"
	wantErr(t, "an update", s.Update(ctx, &changed), audit.ErrAltered)
	_, err := s.Delete(ctx, alice, []int64{c.ID}, start, false)
	wantErr(t, "a deletion", err, audit.ErrAltered)
	other := draft("c.example.com")
	other.ID = c.ID + 1
	wantErr(t, "a creation", s.Create(ctx, other), audit.ErrAltered)
	wantErr(t, "an entry by itself", s.Append(ctx, alice), audit.ErrAltered)
	if wrong.Appended() {
		t.Error("the entry counts as appended")
	}
	wantCSR(t, s, c)
	wantList(t, s, "all", alice, csr.Filter{}, 0, 10, []int64{c.ID}, 1)
	wantVerified(t, s, alice, 2) // the account and the CSR
}

// anotherKey is a store whose audit keys are not those that the heads were
// sealed with, as after somebody has written the store.
type anotherKey struct{ Store }

func (a anotherKey) AuditKey(ctx context.Context, owner csr.Owner) (csr.Sealed, error) {
	sealed, err := a.Store.AuditKey(ctx, owner)
	if err == nil {
		sealed[len(sealed)-1] ^= 1
	}
	return sealed, err
}

// chainBeginsOnce checks that writers that begin a chain at once agree on its key.
func chainBeginsOnce(t *testing.T, s Store) {
	_, err := s.AuditKey(t.Context(), audit.System)
	wantErr(t, "before", err, audit.ErrNoChain)
	const writers, each = 8, 5
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			ctx := Record(t.Context(), s) // with Keys of its own, as a process has
			for range each {
				if err := s.Append(ctx, audit.System); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantVerified(t, s, audit.System, writers*each)
}

// entryFilters checks each filter alone and some together.
func entryFilters(t *testing.T, s Store) {
	var all []audit.Entry // in the order in which they are appended
	note := func(e audit.Entry, owner csr.Owner) {
		p := audit.NewPending(audit.NewKeys(s, Sealer{}), e, func(e *audit.Entry) { all = append(all, *e) })
		must(t, s.Append(audit.With(t.Context(), p), owner))
	}
	first := len(entries(t, s, audit.Filter{}))
	at := func(minute int) time.Time { return start.Add(time.Duration(minute+1) * time.Minute) }
	for i, e := range []struct {
		owner            csr.Owner
		user, action, id string
		resources        []string
	}{
		{alice, "", "ssl:CreateCSR", "r0", []string{"csr/1"}},
		{alice, "ann", "ssl:DescribeCSR", "r1", []string{"csr/1"}},
		{bob, "ann", "csrd:ImportCSR", "r2", []string{"csr/11"}},
		{alice, "bea", "ssl:BatchDeleteCSR", "r3", []string{"csr/1", "csr/12"}},
		{bob, "", "deleted restore", "r4", []string{"csr/11"}},
	} {
		entry := Entry()
		entry.Time, entry.RequestID, entry.Action, entry.Resources, entry.Actor.User = at(i), e.id, e.action, e.resources, e.user
		note(entry, e.owner)
	}
	if len(all) != 5 {
		t.Fatalf("noted are %d", len(all))
	}
	a, b, root, ann := alice, bob, "", "ann"
	for _, test := range []struct {
		name string
		f    audit.Filter
		want []int // of all
	}{
		{"owner", audit.Filter{Owner: &b, From: at(0)}, []int{4, 2}},
		{"from", audit.Filter{From: at(3)}, []int{4, 3}},
		{"to", audit.Filter{From: at(0), To: at(2)}, []int{1, 0}},
		{"action", audit.Filter{Action: "ssl:CreateCSR", From: at(0)}, []int{0}},
		{"action without its product", audit.Filter{Action: "ImportCSR"}, []int{2}},
		{"a command", audit.Filter{Action: "deleted restore"}, []int{4}},
		{"no such action", audit.Filter{Action: "restore"}, nil},
		{"user", audit.Filter{User: &ann, From: at(0)}, []int{2, 1}},
		{"root", audit.Filter{User: &root}, []int{4, 0}},
		{"request", audit.Filter{RequestID: "r3"}, []int{3}},
		{"resource", audit.Filter{Resource: "csr/1"}, []int{3, 1, 0}},
		{"no such resource", audit.Filter{Resource: "csr/2"}, nil},
		{"limit", audit.Filter{From: at(0), Limit: 2}, []int{4, 3}},
		{"all at once", audit.Filter{Owner: &a, From: at(0), To: at(4), Action: "DescribeCSR", User: &ann, RequestID: "r1", Resource: "csr/1", Limit: 9}, []int{1}},
	} {
		var want []*audit.Entry
		for _, i := range test.want {
			want = append(want, &all[i])
		}
		if got := entries(t, s, test.f); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d entries\n%+v\nwant\n%+v", test.name, len(got), got, want)
		}
	}
	if got := len(entries(t, s, audit.Filter{})); got != first+5 {
		t.Errorf("without a filter %d entries, want %d", got, first+5)
	}
	stop := errors.New("stop")
	wantErr(t, "a reader that stops", s.Entries(t.Context(), audit.Filter{}, func(*audit.Entry) error { return stop }), stop)
}

// pruning checks that a pruned chain verifies, at every place and again.
func pruning(t *testing.T, s Store) {
	keys := audit.NewKeys(s, Sealer{})
	for i := range 10 {
		e := Entry()
		e.Time = start.Add(time.Duration(i) * time.Hour)
		must(t, s.Append(audit.With(t.Context(), audit.NewPending(keys, e, nil)), alice))
	}
	prune := func(before time.Time, want, left int64) {
		t.Helper()
		entry := Entry()
		entry.Action, entry.Time = "audit prune", start.Add(100*time.Hour)
		ctx := audit.With(t.Context(), audit.NewPending(keys, entry, nil))
		pruned, report, err := audit.Prune(ctx, s, keys, alice, before, start.Add(100*time.Hour), 3)
		if err != nil || pruned != want || len(report.Faults) > 0 {
			t.Errorf("pruned are %d with the faults %v, %v, want %d", pruned, report.Faults, err, want)
		}
		wantVerified(t, s, alice, left)
	}
	wantVerified(t, s, alice, 11)
	prune(start.Add(-time.Hour), 0, 11)
	prune(start.Add(4*time.Hour), 5, 11-5+2) // with that of the account; two batches
	prune(start.Add(4*time.Hour), 0, 8)
	prune(start.Add(90*time.Hour), 6, 8-6+2)
	got := entries(t, s, audit.Filter{Action: "audit prune"})
	if len(got) != 4 || !slices.Equal(got[3].Resources, []string{"audit/1-3"}) || !slices.Equal(got[2].Resources, []string{"audit/4-5"}) {
		t.Errorf("the prunings are %+v", got)
	}
	wantErr(t, "a stub that is not that of the entry", s.Prune(Record(t.Context(), s), alice, audit.Stub{Seq: got[0].Seq}), audit.ErrAltered)
	wantVerified(t, s, alice, 4)
	wantVerified(t, s, bob, 1)
}
