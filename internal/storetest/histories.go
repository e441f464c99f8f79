package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"csrd/csr"
)

func reopening(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	addAccounts(t, s)
	used := map[int64]bool{}
	var want []int64
	for range 4 {
		for range 3 {
			c := add(t, s, draft("a.example.com"))
			if used[c.ID] {
				t.Fatalf("id %d comes twice", c.ID)
			}
			used[c.ID] = true
			want = append([]int64{c.ID}, want...)
		}
		if _, err := s.Delete(t.Context(), alice, want[:1], start, false); err != nil {
			t.Fatal(err)
		}
		want = want[1:]
		closeStore(t, s)
		s = open(t, dir)
		wantList(t, s, "reopened", alice, csr.Filter{}, 0, 100, want, int64(len(want)))
	}
	closeStore(t, s)
}

// modelled is a CSR as the naive model knows it.
type modelled struct {
	id           int64
	domain, algo string
}

// model drives random creates, updates, deletes and restores of two owners and
// compares random pages with those of two slices.
func model(t *testing.T, open Open) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			s := open(t, t.TempDir())
			defer closeStore(t, s)
			addAccounts(t, s)
			owners := []csr.Owner{alice, bob}
			domains := []string{"a.example.com", "b.example.com", "c.example.com"}
			algos := []string{"RSA", "ECC"}
			kept := map[csr.Owner][]modelled{} // newest first
			for range 400 {
				owner := owners[random.IntN(2)]
				mine := kept[owner]
				domain, algo := domains[random.IntN(3)], algos[random.IntN(2)]
				switch op := random.IntN(10); {
				case op < 4 || len(mine) == 0:
					c := draft(domain)
					c.Owner, c.EncryptAlgo = owner, algo
					add(t, s, c)
					kept[owner] = append([]modelled{{c.ID, domain, algo}}, mine...)
				case op < 6:
					i := random.IntN(len(mine))
					c, err := s.Get(t.Context(), owner, mine[i].id)
					must(t, err)
					c.Domain, c.EncryptAlgo = domain, algo
					must(t, s.Update(t.Context(), c))
					mine[i].domain, mine[i].algo = domain, algo
				case op < 8:
					i := random.IntN(len(mine))
					retain := random.IntN(2) == 0
					ids, err := s.Delete(t.Context(), owner, []int64{mine[i].id}, start, retain)
					if err != nil || len(ids) != 1 {
						t.Fatalf("deleted %v: %v", ids, err)
					}
					if retain && random.IntN(2) == 0 {
						must(t, s.Restore(t.Context(), owner, mine[i].id))
					} else {
						kept[owner] = slices.Delete(mine, i, i+1)
					}
				default:
					f := csr.Filter{}
					if random.IntN(2) == 0 {
						f.Domain = domain
					}
					if random.IntN(2) == 0 {
						f.EncryptAlgo = algo
					}
					var matching []int64
					for _, m := range mine {
						if (f.Domain == "" || f.Domain == m.domain) && (f.EncryptAlgo == "" || f.EncryptAlgo == m.algo) {
							matching = append(matching, m.id)
						}
					}
					offset, limit := random.IntN(len(matching)+3), random.IntN(12)
					from := min(offset, len(matching))
					page := matching[from:min(from+limit, len(matching))]
					wantList(t, s, fmt.Sprintf("%+v at %d", f, offset), owner, f, int64(offset), int64(limit), page, int64(len(matching)))
				}
			}
		})
	}
}

// concurrent has several writers and readers at work at once.
func concurrent(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	defer closeStore(t, s)
	addAccounts(t, s)
	shared := add(t, s, draft("shared.example.com"))
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				id, err := s.NewID(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				c := draft("a.example.com")
				c.ID = id
				if err := s.Create(t.Context(), c); err != nil {
					t.Error(err)
				}
				if _, err := s.List(t.Context(), alice, csr.Filter{}, csr.Page{Limit: 10}); err != nil {
					t.Error(err)
				}
				for { // an update is never lost: each one gets in by its own revision
					c, err := s.Get(t.Context(), alice, shared.ID)
					if err != nil {
						t.Error(err)
						return
					}
					c.Remark += "x"
					if err = s.Update(t.Context(), c); err == nil {
						break
					}
					if !errors.Is(err, csr.ErrConflict) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	ids, total := list(t, s, alice, csr.Filter{Domain: "a.example.com"}, 0, writers*each+1)
	distinct := slices.Compact(slices.Sorted(slices.Values(ids)))
	if total != writers*each || len(distinct) != writers*each {
		t.Errorf("%d distinct ids of %d, want %d", len(distinct), total, writers*each)
	}
	c, err := s.Get(t.Context(), alice, shared.ID)
	must(t, err)
	if len(c.Remark) != writers*each {
		t.Errorf("%d updates are left of %d", len(c.Remark), writers*each)
	}
}
