// Package storetest is the conformance suite that every store of csrd passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/seal"
)

// Store is all that a store offers.
type Store interface {
	csr.Store
	cam.Store
	cam.TokenStore
	seal.RotationStore
	audit.Store
	serverList
	Close() error
}

// Open opens the store that is kept in a folder, an empty one where the folder
// is empty.
type Open func(t *testing.T, dir string) Store

// The accounts of the tests.
const (
	alice csr.Owner = 100000000001
	bob   csr.Owner = 100000000002
)

var start = time.Date(2026, 11, 23, 9, 48, 47, 0, time.UTC)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	open = recording(open)
	for _, test := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"a CSR comes back as it was created", createAndGet},
		{"a list is newest first, and equal or earlier times do not change that", order},
		{"pages at both ends and totals past the end", pages},
		{"filters, alone and together", filters},
		{"a list holds nothing of a CSR's own page", listIsNarrow},
		{"a foreign account sees and changes nothing", isolation},
		{"a draft is updated whole, once for each revision", update},
		{"a generated CSR is never updated", updateGenerated},
		{"delete answers with what was there, in the order asked", deletion},
		{"what is deleted with retain comes back as it was", restore},
		{"what is deleted without retain does not come back", destroy},
		{"purge destroys what was deleted before a time, and no more", purge},
		{"CSRs are found by their public key, newest first, each owner's own", bySPKI},
		{"a CSR is created once, and found by its text", createOnce},
		{"of one CSR created at once in many places, one is stored", createOnceAtOnce},
		{"a key is added once, to a generated CSR without one", addKey},
		{"an account and its key are stored together", accounts},
		{"token keys come back newest first, each owner's own, and old ones are destroyed", tokenKeys},
		{"an account is disabled and enabled with all keys in it", disableAccount},
		{"an account is deleted when it is empty, or forced", deleteAccount},
		{"a user is made once, and disabled and enabled with its keys", users},
		{"a user is deleted when it has no keys and policies, or forced", deleteUser},
		{"access keys come by user, and belong to one there is", accessKeys},
		{"a user has two enabled access keys at most", twoKeys},
		{"the root keeps an enabled access key", lastRootKey},
		{"only a disabled access key is deleted, unless forced", deleteKey},
		{"the last use of a key is never set back", lastUsed},
		{"a policy is made once, replaced, and deleted when it is not attached", policies},
		{"policies are attached to users, presets too", attachments},
		{"users and policies of one name in two accounts are apart", camIsolation},
		{"data keys come back newest first, each owner's own", dataKeys},
		{"the first data key says which master key is in use", firstKEK},
		{"a rotation begins once, and ends when the old master key wraps nothing", rotate},
		{"no rotation begins before every server knows the master key", servers},
		{"a server that is gone does not hold a rotation up", goneServer},
		{"every change is recorded, and none is made without", everyChangeIsRecorded},
		{"what changes nothing leaves no entry", noChangeNoEntry},
		{"what cannot be recorded is not changed", unrecordedChangesNothing},
		{"the audit key of a chain is kept once", chainBeginsOnce},
		{"entries are found by each filter, the newest first", entryFilters},
		{"a pruned chain verifies", pruning},
		{"ids taken at once are all different", idsAtOnce},
		{"of several updates of one revision one is made", updateAtOnce},
		{"what several delete, restore and purge at once happens to each CSR once", deleteAtOnce},
		{"of a root's last keys disabled at once one stays, and two are enabled at most", lastRootKeyAtOnce},
		{"a SecretId given in two accounts at once is given once", secretIDAtOnce},
		{"what is deleted and used at once is one or the other", useAtOnce},
		{"a rotation passes no server and no data key that come at once", rotationAtOnce},
		{"a list is of one moment, and new CSRs come before what is there", listIsOneMoment},
		{"a chain appended to at once has all entries, one after the other", chainAtOnce},
		{"a cancelled context is ErrUnavailable and changes nothing", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			defer closeStore(t, s)
			addAccounts(t, s)
			test.run(t, s)
		})
	}
	t.Run("everything is there after reopening, and no id comes twice", func(t *testing.T) { reopening(t, open) })
	t.Run("random histories agree with a model", func(t *testing.T) { model(t, open) })
	t.Run("random histories of users and access keys agree with a model", func(t *testing.T) { keyHistories(t, open) })
	t.Run("of the first accounts made at once one is made, and of the last ones one stays", func(t *testing.T) { lastAccountAtOnce(t, open) })
	t.Run("concurrent writers lose nothing", func(t *testing.T) { concurrent(t, open) })
}

func closeStore(t *testing.T, s Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func addAccounts(t *testing.T, s Store) {
	t.Helper()
	for _, owner := range []csr.Owner{alice, bob} {
		key := cam.AccessKey{SecretID: "AKID" + owner.String(), Owner: owner, SecretKey: csr.Sealed("sealed"), Version: 1, Enabled: true, CreateTime: start}
		must(t, s.CreateAccount(t.Context(), cam.Account{Owner: owner, Name: "a team", Enabled: true, CreateTime: start}, key))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func draft(domain string) *csr.CSR {
	return &csr.CSR{Record: csr.Record{
		Owner:      alice,
		CreateTime: start,
		Details: csr.Details{
			Domain: domain, Organization: "Example", Department: "IT", Email: "pki@example.com", Province: "Hunan", City: "长沙",
			Country: "CN", EncryptAlgo: "RSA", KeyParameter: "2048",
		},
	}}
}

func add(t *testing.T, s Store, c *csr.CSR) *csr.CSR {
	t.Helper()
	id, err := s.NewID(t.Context())
	must(t, err)
	c.ID = id
	must(t, s.Create(t.Context(), c))
	return c
}

func addMany(t *testing.T, s Store, n int) (ids []int64) {
	t.Helper()
	for i := range n {
		ids = append(ids, add(t, s, draft(fmt.Sprintf("h%d.example.com", i))).ID)
	}
	slices.Reverse(ids) // as a list shows them
	return ids
}

func list(t *testing.T, s Store, owner csr.Owner, f csr.Filter, offset, limit int64) (ids []int64, total int64) {
	t.Helper()
	records, total, err := s.List(t.Context(), owner, f, csr.Page{Offset: offset, Limit: limit})
	must(t, err)
	if records == nil {
		t.Error("the list is nil, want an empty one")
	}
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids, total
}

func wantList(t *testing.T, s Store, what string, owner csr.Owner, f csr.Filter, offset, limit int64, wantIDs []int64, wantTotal int64) {
	t.Helper()
	ids, total := list(t, s, owner, f, offset, limit)
	if !slices.Equal(ids, wantIDs) || total != wantTotal {
		t.Errorf("%s: ids %v of %d, want %v of %d", what, ids, total, wantIDs, wantTotal)
	}
}

func wantCSR(t *testing.T, s Store, want *csr.CSR) {
	t.Helper()
	got, err := s.Get(t.Context(), want.Owner, want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("CSR %d is\n%+v\nwant\n%+v", want.ID, got, want)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func createAndGet(t *testing.T, s Store) {
	wantCSR(t, s, add(t, s, draft("plain.example.com")))
	c := draft("例え.example.com")
	c.SubjectAltName = []string{"a.example.com", "192.0.2.1"}
	c.Tags = []csr.Tag{{Key: "团队", Value: "平台"}, {Key: "empty"}}
	c.Remark = "two\nlines, \x00 and 'quotes'"
	c.Status = csr.Generated
	c.PEM = "-----BEGIN CERTIFICATE REQUEST-----\r\n"
	c.PrivateKey, c.KeyPassword = csr.Sealed{0, 1, 2}, csr.Sealed{255}
	c.CreateTime = start.Add(time.Microsecond)
	wantCSR(t, s, add(t, s, c))
	if c.Revision == 0 || c.ID < 1 || c.ID > csr.MaxID {
		t.Errorf("created as id %d, revision %d", c.ID, c.Revision)
	}
	_, err := s.Get(t.Context(), alice, c.ID+1)
	wantErr(t, "an id that was never created", err, csr.ErrNotFound)
}

func order(t *testing.T, s Store) {
	times := []time.Duration{0, 0, time.Second, 0, -time.Hour, time.Second, 2 * time.Second}
	var want []int64
	for _, d := range times {
		c := draft("a.example.com")
		c.CreateTime = start.Add(d)
		want = append(want, add(t, s, c).ID)
	}
	slices.Reverse(want)
	wantList(t, s, "all", alice, csr.Filter{}, 0, 100, want, int64(len(want)))
	records, _, err := s.List(t.Context(), alice, csr.Filter{}, csr.Page{Limit: 100})
	must(t, err)
	for i := 1; i < len(records); i++ {
		if records[i].CreateTime.After(records[i-1].CreateTime) {
			t.Errorf("place %d was created at %v, after place %d at %v", i, records[i].CreateTime, i-1, records[i-1].CreateTime)
		}
	}
}

func pages(t *testing.T, s Store) {
	wantList(t, s, "nothing yet", alice, csr.Filter{}, 0, 10, nil, 0)
	ids := addMany(t, s, 103)
	const total = 103
	for _, test := range []struct {
		offset, limit int64
		want          []int64
	}{
		{0, 0, nil}, {0, 1, ids[:1]}, {0, 10, ids[:10]}, {0, 100, ids[:100]}, {50, 0, nil}, {1, 1, ids[1:2]},
		{10, 10, ids[10:20]}, {3, 100, ids[3:]}, {100, 100, ids[100:]}, {102, 1, ids[102:]}, {102, 100, ids[102:]},
		{103, 1, nil}, {103, 0, nil}, {1000000, 100, nil}, {1 << 62, 100, nil},
	} {
		wantList(t, s, fmt.Sprintf("offset %d limit %d", test.offset, test.limit), alice, csr.Filter{}, test.offset, test.limit, test.want, total)
	}
}

func filters(t *testing.T, s Store) {
	mixed := func(domain, algo string) int64 {
		c := draft(domain)
		c.EncryptAlgo = algo
		return add(t, s, c).ID
	}
	a := mixed("例え.example.com", "RSA")
	b := mixed("www.Example.com", "ECC")
	c := mixed("xn--r8jz45g.example.com", "ECC")
	d := mixed("www.***.com", "RSA")
	for _, test := range []struct {
		domain, algo string
		want         []int64
	}{
		{"", "", []int64{d, c, b, a}},
		{"", "RSA", []int64{d, a}},
		{"", "ECC", []int64{c, b}},
		{"", "rsa", nil},
		{"", "SM2", nil},
		{"WWW.example.COM", "", []int64{b}},
		{"例え.EXAMPLE.com", "", []int64{c, a}},
		{"xn--r8jz45g.example.com", "", []int64{c, a}},
		{"xn--r8jz45g.example.com", "RSA", []int64{a}},
		{"例え.example.com", "ECC", []int64{c}},
		{"www.***.com", "", []int64{d}},
		{"www.%.com", "", nil},
		{"example.com", "", nil},
		{"www.example.com", "RSA", nil},
	} {
		f := csr.Filter{Domain: test.domain, EncryptAlgo: test.algo}
		wantList(t, s, fmt.Sprintf("%+v", f), alice, f, 0, 100, test.want, int64(len(test.want)))
		if len(test.want) > 1 {
			wantList(t, s, fmt.Sprintf("%+v, second", f), alice, f, 1, 1, test.want[1:2], int64(len(test.want)))
		}
	}
}

func listIsNarrow(t *testing.T, s Store) {
	c := draft("a.example.com")
	c.SubjectAltName, c.Tags = []string{"b.example.com"}, []csr.Tag{{Key: "k"}}
	add(t, s, c)
	records, _, err := s.List(t.Context(), alice, csr.Filter{}, csr.Page{Limit: 1})
	must(t, err)
	want := c.Record
	want.SubjectAltName, want.Tags = nil, nil
	if !reflect.DeepEqual(records, []csr.Record{want}) {
		t.Errorf("list\n%+v\nwant\n%+v", records, want)
	}
}

func isolation(t *testing.T, s Store) {
	ctx := t.Context()
	mine := add(t, s, draft("a.example.com"))
	wantList(t, s, "bob's list", bob, csr.Filter{}, 0, 100, nil, 0)
	wantList(t, s, "bob's filtered list", bob, csr.Filter{Domain: "a.example.com", EncryptAlgo: "RSA"}, 0, 100, nil, 0)
	_, err := s.Get(ctx, bob, mine.ID)
	wantErr(t, "bob gets", err, csr.ErrNotFound)
	stolen := *mine
	stolen.Owner, stolen.Domain = bob, "b.example.com"
	wantErr(t, "bob updates", s.Update(ctx, &stolen), csr.ErrNotFound)
	for _, retain := range []bool{true, false} {
		ids, err := s.Delete(ctx, bob, []int64{mine.ID}, start, retain)
		must(t, err)
		if len(ids) > 0 {
			t.Errorf("bob deletes %v", ids)
		}
	}
	wantCSR(t, s, mine)
	_, err = s.Delete(ctx, alice, []int64{mine.ID}, start, true)
	must(t, err)
	wantErr(t, "bob restores", s.Restore(ctx, bob, mine.ID), csr.ErrNotFound)
	must(t, s.Restore(ctx, alice, mine.ID))
	wantCSR(t, s, mine)
}

func update(t *testing.T, s Store) {
	ctx := t.Context()
	older, c := add(t, s, draft("older.example.com")), add(t, s, draft("a.example.com"))
	newer := add(t, s, draft("newer.example.com"))

	changed := *c
	changed.Domain, changed.EncryptAlgo, changed.KeyParameter, changed.Remark = "B.example.com", "ECC", "prime256v1", "moved"
	changed.SubjectAltName, changed.KeyPassword = []string{"c.example.com"}, csr.Sealed{1}
	stale := changed
	must(t, s.Update(ctx, &changed))
	wantCSR(t, s, &changed)
	wantErr(t, "with the revision before", s.Update(ctx, &stale), csr.ErrConflict)
	wantCSR(t, s, &changed)

	wantList(t, s, "all", alice, csr.Filter{}, 0, 10, []int64{newer.ID, c.ID, older.ID}, 3)
	wantList(t, s, "by the old domain", alice, csr.Filter{Domain: "a.example.com"}, 0, 10, nil, 0)
	wantList(t, s, "by the new domain", alice, csr.Filter{Domain: "b.example.com"}, 0, 10, []int64{c.ID}, 1)
	wantList(t, s, "by the old algorithm", alice, csr.Filter{EncryptAlgo: "RSA"}, 0, 10, []int64{newer.ID, older.ID}, 2)

	again := changed
	again.KeyPassword, again.Remark = nil, ""
	must(t, s.Update(ctx, &again))
	wantCSR(t, s, &again)

	none := *draft("a.example.com")
	none.ID, none.Revision = newer.ID+1, 1
	wantErr(t, "an id that never was", s.Update(ctx, &none), csr.ErrNotFound)
}

func updateGenerated(t *testing.T, s Store) {
	c := add(t, s, draft("a.example.com"))
	generated := *c
	generated.Status, generated.PEM, generated.PrivateKey = csr.Generated, "pem", csr.Sealed{1}
	must(t, s.Update(t.Context(), &generated))
	wantCSR(t, s, &generated)
	again := generated
	again.Remark = "again"
	wantErr(t, "update", s.Update(t.Context(), &again), csr.ErrGenerated)
	wantCSR(t, s, &generated)
}

func deletion(t *testing.T, s Store) {
	ids := addMany(t, s, 5)
	asked := []int64{ids[3], 1 << 52, ids[0], ids[3]}
	for _, retain := range []bool{true, false} {
		deleted, err := s.Delete(t.Context(), alice, asked, start, retain)
		must(t, err)
		want := []int64{ids[3], ids[0]}
		if !retain {
			want = nil // they are gone by then
		}
		if !slices.Equal(deleted, want) {
			t.Errorf("retain %t: deleted %v, want %v", retain, deleted, want)
		}
	}
	wantList(t, s, "what is left", alice, csr.Filter{}, 0, 10, []int64{ids[1], ids[2], ids[4]}, 3)
	wantList(t, s, "past what is left", alice, csr.Filter{}, 3, 10, nil, 3)
	_, err := s.Get(t.Context(), alice, ids[0])
	wantErr(t, "get", err, csr.ErrNotFound)
	gone := draft("a.example.com")
	gone.ID, gone.Revision = ids[0], 1
	wantErr(t, "update", s.Update(t.Context(), gone), csr.ErrNotFound)
	if next := add(t, s, draft("a.example.com")).ID; slices.Contains(ids, next) {
		t.Errorf("id %d is used again", next)
	}
}

func restore(t *testing.T, s Store) {
	ctx := t.Context()
	first := add(t, s, draft("first.example.com"))
	c := draft("a.example.com")
	c.SubjectAltName, c.Tags = []string{"b.example.com"}, []csr.Tag{{Key: "k", Value: "v"}}
	c.Status, c.PEM, c.PrivateKey, c.KeyPassword = csr.Generated, "pem", csr.Sealed{1}, csr.Sealed{2}
	add(t, s, c)
	last := add(t, s, draft("last.example.com"))
	_, err := s.Delete(ctx, alice, []int64{first.ID}, start, true)
	must(t, err)
	_, err = s.Delete(ctx, alice, []int64{c.ID}, start.Add(time.Hour), true)
	must(t, err)

	deleted, err := s.ListDeleted(ctx, 10)
	must(t, err)
	if len(deleted) != 2 || deleted[0].ID != c.ID || deleted[1].ID != first.ID || deleted[0].Domain != "a.example.com" ||
		!deleted[0].DeleteTime.Equal(start.Add(time.Hour)) {
		t.Errorf("deleted ones %+v, want %d and %d", deleted, c.ID, first.ID)
	}
	must(t, s.Restore(ctx, alice, c.ID))
	wantCSR(t, s, c)
	wantList(t, s, "after restoring", alice, csr.Filter{}, 0, 10, []int64{last.ID, c.ID}, 2)
	wantErr(t, "again", s.Restore(ctx, alice, c.ID), csr.ErrNotFound)
	if deleted, err := s.ListDeleted(ctx, 10); err != nil || len(deleted) != 1 {
		t.Errorf("deleted ones after restoring: %+v, %v", deleted, err)
	}
}

func destroy(t *testing.T, s Store) {
	c := add(t, s, draft("a.example.com"))
	_, err := s.Delete(t.Context(), alice, []int64{c.ID}, start, false)
	must(t, err)
	wantErr(t, "restore", s.Restore(t.Context(), alice, c.ID), csr.ErrNotFound)
	if deleted, err := s.ListDeleted(t.Context(), 10); err != nil || len(deleted) > 0 {
		t.Errorf("deleted ones: %+v, %v", deleted, err)
	}
}

func purge(t *testing.T, s Store) {
	ctx := t.Context()
	ids := addMany(t, s, 4)
	for i, id := range ids {
		_, err := s.Delete(ctx, alice, []int64{id}, start.Add(time.Duration(i)*time.Hour), true)
		must(t, err)
	}
	for _, step := range []struct{ limit, want int64 }{{1, 1}, {10, 1}, {10, 0}} {
		n, err := s.Purge(ctx, start.Add(2*time.Hour), step.limit)
		if err != nil || n != step.want {
			t.Errorf("purged %d with limit %d: %v, want %d", n, step.limit, err, step.want)
		}
	}
	wantErr(t, "restore a purged one", s.Restore(ctx, alice, ids[0]), csr.ErrNotFound)
	must(t, s.Restore(ctx, alice, ids[2]))
	must(t, s.Restore(ctx, alice, ids[3]))
}

func dataKeys(t *testing.T, s Store) {
	ctx := t.Context()
	if _, ok, err := s.AnyDataKey(ctx); ok || err != nil {
		t.Errorf("a data key in an empty store: %t, %v", ok, err)
	}
	first, second := wrapped(alice, 1, oldKEK, "first"), wrapped(alice, 2, oldKEK, "second")
	must(t, s.AddDataKey(ctx, first))
	must(t, s.AddDataKey(ctx, wrapped(bob, 1, oldKEK, "bob's")))
	must(t, s.AddDataKey(ctx, second))
	got, err := s.DataKeys(ctx, alice)
	if want := []seal.DataKey{second, first}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("alice's keys %v, %v, want %v", got, err, want)
	}
	if _, ok, err := s.AnyDataKey(ctx); !ok || err != nil {
		t.Errorf("no data key found: %v", err)
	}
}

func cancelled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	c := draft("a.example.com")
	id, err := s.NewID(ctx)
	must(t, err)
	c.ID = id
	cancel()
	wantErr(t, "create", s.Create(ctx, c), csr.ErrUnavailable)
	_, _, err = s.List(ctx, alice, csr.Filter{}, csr.Page{Limit: 1})
	wantErr(t, "list", err, csr.ErrUnavailable)
	_, err = s.Get(ctx, alice, id)
	wantErr(t, "get", err, csr.ErrUnavailable)
	_, err = s.Delete(ctx, alice, []int64{id}, start, true)
	wantErr(t, "delete", err, csr.ErrUnavailable)
	wantList(t, s, "after all", alice, csr.Filter{}, 0, 10, nil, 0)
}
