package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/seal"
)

// races is how often each race is run: a store that lets both win does so at times.
const races = 6

// atOnce runs all at the same time and returns what each came to.
func atOnce(all ...func() error) []error {
	errs := make([]error, len(all))
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i, f := range all {
		wg.Go(func() {
			<-begin
			errs[i] = f()
		})
	}
	close(begin)
	wg.Wait()
	return errs
}

// many is a function as often as n.
func many(n int, f func(i int) error) []func() error {
	all := make([]func() error, n)
	for i := range all {
		all[i] = func() error { return f(i) }
	}
	return all
}

// wantWinners fails unless so many came to nil, and all others to one of those
// errors.
func wantWinners(t *testing.T, what string, errs []error, winners int, others ...error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !slices.ContainsFunc(others, func(other error) bool { return errors.Is(err, other) }) {
			t.Errorf("%s: one came to %v", what, err)
		}
	}
	if won != winners {
		t.Errorf("%s: %d came through, want %d: %v", what, won, winners, errs)
	}
}

// used stands for every *cam.InUseError.
func used(err error) error {
	var use *cam.InUseError
	if errors.As(err, &use) {
		return errUsed
	}
	return err
}

var errUsed = errors.New("in use")

func idsAtOnce(t *testing.T, s Store) {
	const callers, each = 8, 400
	ids := make([][]int64, callers)
	wantWinners(t, "ids", atOnce(many(callers, func(i int) error {
		for range each {
			id, err := s.NewID(t.Context())
			if err != nil {
				return err
			}
			ids[i] = append(ids[i], id)
		}
		return nil
	})...), callers)
	all := slices.Concat(ids...)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != callers*each {
		t.Errorf("%d ids are %d", callers*each, n)
	}
}

func updateAtOnce(t *testing.T, s Store) {
	for range races {
		c := add(t, s, draft("a.example.com"))
		wantWinners(t, "updates of one revision", atOnce(many(4, func(i int) error {
			mine := *c
			mine.Domain = fmt.Sprintf("h%d.example.com", i)
			return s.Update(t.Context(), &mine)
		})...), 1, csr.ErrConflict)
	}
}

func deleteAtOnce(t *testing.T, s Store) {
	for range races {
		ids := addMany(t, s, 3)
		gone := make([][]int64, 4)
		wantWinners(t, "deletions", atOnce(many(len(gone), func(i int) (err error) {
			gone[i], err = s.Delete(t.Context(), alice, ids, start, true)
			return err
		})...), len(gone))
		all := slices.Concat(gone...)
		slices.Sort(all)
		slices.Sort(ids)
		if !slices.Equal(all, ids) {
			t.Errorf("%v were deleted by one or another, want %v", gone, ids)
		}
		back := make([]bool, len(ids))
		errs := atOnce(append(many(len(ids), func(i int) error {
			err := s.Restore(t.Context(), alice, ids[i])
			back[i] = err == nil
			return err
		}), func() error { _, err := s.Purge(t.Context(), start.Add(time.Hour), 2); return err })...)
		purged := int64(0)
		for i, id := range ids {
			_, err := s.Get(t.Context(), alice, id)
			if back[i] != (err == nil) {
				t.Errorf("CSR %d: restored is %t, and it comes to %v", id, back[i], err)
			}
			if !back[i] {
				purged++
				wantErr(t, "a purged one", errs[i], csr.ErrNotFound)
			}
		}
		if purged > 2 {
			t.Errorf("%d of at most 2 were purged", purged)
		}
		_, err := s.Delete(t.Context(), alice, ids, start, false)
		must(t, err)
	}
	wantList(t, s, "after all", alice, csr.Filter{}, 0, 10, nil, 0)
}

func lastRootKeyAtOnce(t *testing.T, s Store) {
	first := "AKID" + alice.String()
	addAccessKey(t, s, alice, "", "AKIDroot2")
	for i := range races {
		keys := []string{first, "AKIDroot2"}
		wantWinners(t, "disabling both keys of the root", atOnce(many(2, func(i int) error {
			return s.EnableKey(t.Context(), keys[i], false)
		})...), 1, cam.ErrLastRootKey)
		third := newAccessKey(alice, "", fmt.Sprintf("AKIDthird%d", i))
		wantWinners(t, "a second and a third key", atOnce(
			func() error {
				err := s.EnableKey(t.Context(), first, true)
				return errors.Join(err, s.EnableKey(t.Context(), "AKIDroot2", true))
			},
			func() error { return s.CreateKey(t.Context(), third) },
		), 1, cam.ErrTooManyKeys)
		for _, secretID := range keys {
			if err := s.EnableKey(t.Context(), secretID, true); err != nil { // the third was quicker
				must(t, s.EnableKey(t.Context(), third.SecretID, false))
				must(t, s.EnableKey(t.Context(), secretID, true))
			}
		}
	}
}

func secretIDAtOnce(t *testing.T, s Store) {
	for i := range races {
		secretID := fmt.Sprintf("AKIDshared%d", i)
		owners := []csr.Owner{alice, bob}
		wantWinners(t, "one SecretId in two accounts", atOnce(many(2, func(i int) error {
			key := newAccessKey(owners[i], "", secretID)
			key.Enabled = false
			return s.CreateKey(t.Context(), key)
		})...), 1, cam.ErrExists)
	}
}

func useAtOnce(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range races {
		user, policy := fmt.Sprintf("user%d", i), fmt.Sprintf("policy%d", i)
		addUser(t, s, alice, user)
		addPolicy(t, s, alice, policy)
		wantWinners(t, "a policy is deleted and attached", atOnce(
			func() error { return used(s.DeletePolicy(ctx, alice, policy)) },
			func() error { return s.Attach(ctx, alice, cam.Attachment{User: user, Policy: policy}) },
		), 1, errUsed, cam.ErrNoPolicy)
		if s.Detach(ctx, alice, user, policy) == nil {
			must(t, s.DeletePolicy(ctx, alice, policy))
		}
		wantWinners(t, "a user is deleted and gets a key", atOnce(
			func() error { return used(s.DeleteUser(ctx, alice, user, false)) },
			func() error { return s.CreateKey(ctx, newAccessKey(alice, user, "AKID"+user)) },
		), 1, errUsed, cam.ErrNoUser)
		carol := csr.Owner(200000000000 + int64(i))
		must(t, s.CreateAccount(ctx, cam.Account{Owner: carol, Enabled: true, CreateTime: start}, newAccessKey(carol, "", "AKIDcarol"+user)))
		wantWinners(t, "an account is deleted and gets a CSR", atOnce(
			func() error { return used(s.DeleteAccount(ctx, carol, false)) },
			func() error {
				id, err := s.NewID(ctx)
				if err != nil {
					return err
				}
				c := draft("a.example.com")
				c.ID, c.Owner = id, carol
				if s.Create(ctx, c) != nil { // of an account that is gone
					return cam.ErrNoAccount
				}
				return nil
			},
		), 1, errUsed, cam.ErrNoAccount)
	}
}

func lastAccountAtOnce(t *testing.T, open Open) {
	for range 4 {
		s := open(t, t.TempDir())
		accounts := []csr.Owner{alice, bob}
		wantWinners(t, "two first accounts", atOnce(many(2, func(i int) error {
			return s.CreateFirstAccount(t.Context(), cam.Account{Owner: accounts[i], Enabled: true, CreateTime: start}, newAccessKey(accounts[i], "", fmt.Sprint("AKID", i)))
		})...), 1, cam.ErrExists)
		for i, owner := range accounts {
			err := s.CreateAccount(t.Context(), cam.Account{Owner: owner, Enabled: true, CreateTime: start}, newAccessKey(owner, "", fmt.Sprint("AKIDother", i)))
			if err != nil {
				wantErr(t, "the other account", err, cam.ErrExists)
			}
		}
		wantWinners(t, "both accounts are deleted", atOnce(many(2, func(i int) error {
			return s.DeleteAccount(t.Context(), accounts[i], false)
		})...), 1, cam.ErrLastAccount)
		closeStore(t, s)
	}
}

func rotationAtOnce(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.AddDataKey(ctx, wrapped(alice, 0, oldKEK, "a")))
	from, to := oldKEK, newKEK
	for i := range races {
		server := seal.Server{ID: fmt.Sprint("host/", i), Started: start, Seen: start, KEKs: []seal.KeyID{from}}
		var saw seal.Rotation
		var begun error
		atOnce(
			func() (err error) { // a server starts, and works with what it reads after
				if err = s.SeeServer(ctx, server); err == nil {
					saw, err = s.Rotation(ctx)
				}
				return err
			},
			func() error { begun = s.BeginRotation(ctx, from, to, start, start); return nil },
		)
		must(t, s.DropServer(ctx, server.ID))
		if begun == nil && saw.Active != to {
			t.Error("a rotation began past a server that does not know the new master key, and does not see it")
		} else if begun != nil {
			must(t, s.BeginRotation(ctx, from, to, start, start))
		}
		rewrap(t, s, from, to)
		late := wrapped(bob, byte(i+1), from, "late")
		var kept, ended error
		atOnce(
			func() error { kept = s.AddDataKey(ctx, late); return nil },
			func() error { ended = s.EndRotation(ctx, from, to, start); return nil },
		)
		wantErr(t, "a data key under the master key that is being replaced", kept, seal.ErrKEKChanged)
		must(t, ended)
		kept = nil
		atOnce( // the next one begins while somebody still adds one under its old master key
			func() error { kept = s.AddDataKey(ctx, wrapped(bob, byte(i+1), to, "late")); return nil },
			func() error {
				if err := s.BeginRotation(ctx, to, from, start, start); err != nil {
					return err
				}
				rewrap(t, s, to, from)
				ended = s.EndRotation(ctx, to, from, start)
				return nil
			},
		)
		needed, err := s.UsesKEK(ctx, to)
		must(t, err)
		if ended == nil && needed {
			t.Error("a rotation ended, and a data key needs the old master key")
		} else if ended != nil {
			t.Errorf("the rotation does not end: %v; the data key came to %v", ended, kept)
		}
	}
}

// rewrap wraps all data keys anew.
func rewrap(t *testing.T, s Store, from, to seal.KeyID) {
	keys, err := s.NextDataKeys(t.Context(), seal.DataKey{}, 1000)
	if err != nil {
		t.Error(err)
	}
	var was, now []seal.DataKey
	for _, k := range keys {
		if kek, err := k.KEK(); err == nil && kek == from {
			was = append(was, k)
			now = append(now, seal.DataKey{Owner: k.Owner, ID: k.ID, Wrapped: slices.Concat([]byte{1}, to[:], []byte("new"))})
		}
	}
	if err := s.Rewrap(t.Context(), was, now); err != nil {
		t.Error(err)
	}
}

// A list is of one moment whatever is written meanwhile, and what is added
// stands before what a list had.
func listIsOneMoment(t *testing.T, s Store) {
	const writers, each = 3, 25
	done := make(chan struct{})
	var writing, reading sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				id, err := s.NewID(t.Context())
				c := draft("a.example.com")
				if c.ID = id; err == nil {
					err = s.Create(t.Context(), c)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		reading.Go(func() {
			var before []csr.Record
			for {
				select {
				case <-done:
					return
				default:
				}
				listing, err := s.List(t.Context(), alice, csr.Filter{}, csr.Page{Limit: writers * each})
				records := listing.Records
				if err != nil || int64(len(records)) != listing.Total {
					t.Errorf("%d records of %d, %v", len(records), listing.Total, err)
					return
				}
				if len(records) < len(before) {
					t.Errorf("%d records after %d", len(records), len(before))
					return
				}
				for i, r := range records[len(records)-len(before):] {
					if r.ID != before[i].ID {
						t.Errorf("%d stands where %d did: it came between", r.ID, before[i].ID)
						return
					}
				}
				before = records
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
}

// However many append to a chain, its entries are one after the other.
func chainAtOnce(t *testing.T, s Store) {
	const callers, each = 6, 10
	carol := csr.Owner(100000000003)
	must(t, s.CreateAccount(t.Context(), cam.Account{Owner: carol, Enabled: true, CreateTime: start}, newAccessKey(carol, "", "AKIDcarol")))
	wantWinners(t, "entries", atOnce(many(callers, func(i int) error {
		ctx := Record(t.Context(), s)
		for range each {
			if err := s.Append(ctx, carol); err != nil {
				return err
			}
		}
		return nil
	})...), callers)
	wantVerified(t, s, carol, callers*each+1) // the account's own before them
}
