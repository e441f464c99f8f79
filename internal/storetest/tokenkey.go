package storetest

import (
	"errors"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

// tokenKeys checks that token keys come back newest first, each account's own,
// and that those of before a time are destroyed as one is added.
func tokenKeys(t *testing.T, s Store) {
	ctx := t.Context()
	if _, err := s.NewestTokenKey(ctx, alice); !errors.Is(err, cam.ErrToken) {
		t.Errorf("without any: %v", err)
	}
	add := func(owner csr.Owner, id string, at, before time.Time) cam.TokenKey {
		t.Helper()
		key := cam.TokenKey{Owner: owner, ID: id, Key: csr.Sealed("sealed " + id), CreateTime: at}
		must(t, s.AddTokenKey(ctx, key, before))
		return key
	}
	want := func(owner csr.Owner, id string, want bool) {
		t.Helper()
		key, err := s.TokenKey(ctx, owner, id)
		if want && (err != nil || key.ID != id || key.Owner != owner || string(key.Key) != "sealed "+id) {
			t.Errorf("key %s of %s is %+v, %v", id, owner, key, err)
		}
		if !want && !errors.Is(err, cam.ErrToken) {
			t.Errorf("key %s of %s: %v, want %v", id, owner, err, cam.ErrToken)
		}
	}
	add(alice, "a1", start, start)
	add(alice, "a2", start.Add(time.Hour), start)
	add(bob, "b1", start.Add(-time.Hour), start.Add(-time.Hour))
	newest, err := s.NewestTokenKey(ctx, alice)
	if err != nil || newest.ID != "a2" || !newest.CreateTime.Equal(start.Add(time.Hour)) {
		t.Errorf("the newest is %+v, %v", newest, err)
	}
	want(alice, "a1", true)
	want(alice, "b1", false)
	want(bob, "b1", true)
	add(alice, "a3", start.Add(2*time.Hour), start.Add(time.Hour))
	want(alice, "a1", false)
	want(alice, "a2", true)
	want(bob, "b1", true)
}
