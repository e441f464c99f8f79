package sqlstore_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/pgtest"
	"csrd/internal/sqlstore"
)

// What lists and other requests read, PostgreSQL goes to by an index that has
// the order wanted: it sorts nothing and reads no whole table.
func TestPostgreSQLReadsByAnIndexAndSortsNothing(t *testing.T) {
	const middle = 2 * sqlstore.Undivided
	url := postgres.Database(t)
	d := parse(t, url)
	var traced []sqlstore.Statement
	d.Trace(func(s sqlstore.Statement) { traced = append(traced, s) })
	s, err := sqlstore.ServeDatabase(t.Context(), d)
	must(t, err)
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	l := &large{Store: s, random: newRandom(t)}
	l.add(t, 2*middle)
	c := addCSR(t, s)
	pgtest.Exec(t, url, "ANALYZE")
	list := func(filter csr.Filter, offset int64) func() error {
		return func() error {
			_, err := s.List(t.Context(), owner, filter, csr.Page{Offset: offset, Limit: 10})
			return err
		}
	}
	for _, test := range []struct {
		name string
		run  func() error
		want []string // the indexes that are read
	}{
		{"list", list(csr.Filter{}, 0), []string{"csr_by_seq", "csr_count_pkey", "csr_counter_pkey"}},
		{"list by domain", list(csr.Filter{Domain: "a.example.com"}, 0), []string{"csr_by_domain", "csr_count_pkey", "csr_counter_pkey"}},
		{"list by algorithm", list(csr.Filter{EncryptAlgo: "SM2"}, 0), []string{"csr_by_algo", "csr_count_pkey", "csr_counter_pkey"}},
		{"list by both", list(csr.Filter{Domain: "a.example.com", EncryptAlgo: "SM2"}, 0), []string{"csr_by_domain_algo", "csr_count_pkey", "csr_counter_pkey"}},
		{"list from before the middle", list(csr.Filter{}, middle-50), []string{"csr_by_seq", "csr_count_pkey", "csr_counter_pkey", "csr_range_pkey"}},
		{"list from behind the middle", list(csr.Filter{}, middle+50), []string{"csr_by_seq", "csr_count_pkey", "csr_counter_pkey", "csr_range_pkey"}},
		{"get", func() error { _, err := s.Get(t.Context(), owner, c.ID); return err }, []string{"csr_detail_pkey", "csr_pkey"}},
		{"by public key", func() error { _, err := s.FindBySPKI(t.Context(), owner, []byte{1}, 10); return err }, []string{"csr_by_spki"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			traced = nil
			s.ForgetRanges()
			must(t, test.run())
			var got []string
			for _, statement := range traced {
				if !strings.HasPrefix(statement.SQL, "SELECT") {
					continue
				}
				// On tables of a test's size reading all is often quicker: what
				// matters is whether there is a way without.
				plan, err := s.Explain(context.Background(), statement, "SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off")
				must(t, err)
				if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") {
					t.Errorf("%s\nruns as\n%s", statement.SQL, plan)
				}
				for line := range strings.Lines(plan) {
					_, index, found := strings.Cut(line, " using ")
					if found {
						got = append(got, strings.Fields(index)[0])
					}
				}
			}
			slices.Sort(got)
			got = slices.Compact(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("it reads %q, want %q", got, test.want)
			}
		})
	}
}

// On PostgreSQL too, pages are exact whatever happens, and so are the counts.
func TestPagesOfLargeListsAreExactOnPostgreSQL(t *testing.T) {
	s := serveDatabase(t, postgres.Database(t))
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	l := &large{Store: s, random: newRandom(t)}
	l.add(t, 1500)
	l.checkAll(t)
	for range 2 {
		for range 20 {
			l.change(t)
		}
		l.checkAll(t)
	}
}

// serveTwice returns two servers of one database that has an account.
func serveTwice(t *testing.T) [2]*sqlstore.Store {
	t.Helper()
	url := postgres.Database(t)
	both := [2]*sqlstore.Store{serveDatabase(t, url), serveDatabase(t, url)}
	for _, s := range both {
		t.Cleanup(func() { closed(t, s) })
	}
	addAccount(t, both[0])
	return both
}

// What one server remembers of a large list is not used once another has changed it.
func TestLargeListsAreExactAcrossServers(t *testing.T) {
	both := serveTwice(t)
	l := &large{Store: both[0], random: newRandom(t)}
	l.add(t, 1200)
	l.checkAll(t)
	for i := range 4 {
		l.Store = both[i%2]
		for range 5 {
			l.change(t)
		}
		l.Store = both[(i+1)%2]
		l.checkAll(t)
	}
}

// Two servers of one database count as one: totals and pages of either are exact.
func TestListsAreExactAcrossServers(t *testing.T) {
	both := serveTwice(t)
	want := int64(0)
	for i := range sqlstore.Undivided + 20 {
		s := both[i%2]
		c := addCSR(t, s)
		if want++; i%10 == 9 {
			_, err := both[(i+1)%2].Delete(recorded(t, both[0]), owner, []int64{c.ID}, start, false)
			must(t, err)
			want--
		}
	}
	for _, s := range both {
		listing, err := s.List(t.Context(), owner, csr.Filter{Domain: "www.example.com"}, csr.Page{Offset: want - 3, Limit: 10})
		if err != nil || listing.Total != want {
			t.Errorf("the total is %d with error %v, want %d", listing.Total, err, want)
		}
	}
	if wrong, err := both[0].CheckCounts(t.Context(), owner, false); err != nil || wrong != 0 {
		t.Errorf("%d counts are wrong, %v", wrong, err)
	}
}
