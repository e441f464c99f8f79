package storetest

import (
	"testing"

	"csrd/csr"
)

// versionGrows holds that what is kept of a list can be told from what is new.
func versionGrows(t *testing.T, s Store) {
	version := func(owner csr.Owner) int64 {
		t.Helper()
		v, err := s.Version(t.Context(), owner)
		must(t, err)
		listing, err := s.List(t.Context(), owner, csr.Filter{}, csr.Page{Limit: 1})
		must(t, err)
		if listing.Version != v {
			t.Errorf("the version is %d, that of a list %d", v, listing.Version)
		}
		return v
	}
	others := version(bob)
	var c *csr.CSR
	for _, step := range []struct {
		name  string
		do    func() error
		shown bool // in a list
	}{
		{"create", func() error { c = add(t, s, draft("a.example.com")); return nil }, true},
		{"create another", func() error { add(t, s, draft("a.example.com")); return nil }, true},
		{"get", func() error { _, err := s.Get(t.Context(), alice, c.ID); return err }, false},
		{"update a remark", func() error { c.Remark = "new"; return s.Update(t.Context(), c) }, true},
		{"update the domain", func() error { c.Domain = "b.example.com"; return s.Update(t.Context(), c) }, true},
		{"delete nothing", func() error { _, err := s.Delete(t.Context(), alice, []int64{c.ID + 1000}, start, true); return err }, false},
		{"delete", func() error { _, err := s.Delete(t.Context(), alice, []int64{c.ID}, start, true); return err }, true},
		{"restore", func() error { return s.Restore(t.Context(), alice, c.ID) }, true},
		{"destroy", func() error { _, err := s.Delete(t.Context(), alice, []int64{c.ID}, start, false); return err }, true},
	} {
		before := version(alice)
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if after := version(alice); step.shown && after <= before || !step.shown && after != before {
			t.Errorf("%s: the version was %d and is %d", step.name, before, after)
		}
	}
	if now := version(bob); now != others {
		t.Errorf("the version of another account was %d and is %d", others, now)
	}
}
