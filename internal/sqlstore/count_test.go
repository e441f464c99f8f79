package sqlstore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// large is a store with a list that has ranges of all levels, beside a plain
// slice that says what it should be.
type large struct {
	*sqlstore.Store
	random *rand.Rand
	list   []*csr.CSR // newest first
	gone   []*csr.CSR // deleted, and kept
}

// domains of a large list: one of many CSRs, some of a few, and one without a name.
var largeDomains = []string{"big.example.com", "big.example.com", "big.example.com", "例え.example.com", "a.example.com", "b.example.com", ""}

func newLarge(t *testing.T, size int) *large {
	t.Helper()
	s, _ := served(t)
	addAccount(t, s)
	l := &large{Store: s, random: newRandom(t)}
	l.add(t, size)
	return l
}

func newRandom(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func (l *large) any(texts ...string) string { return texts[l.random.IntN(len(texts))] }

func (l *large) make(t *testing.T) *csr.CSR {
	t.Helper()
	c := newCSR(t, l.Store)
	c.Status, c.Domain, c.EncryptAlgo = csr.Draft, l.any(largeDomains...), l.any("RSA", "RSA", "ECC", "SM2")
	return c
}

// addAtOnce is up to how many CSRs one transaction adds: so few that a slow
// machine does it within a transaction's time.
const addAtOnce = 256

func (l *large) add(t *testing.T, size int) {
	t.Helper()
	var many []*csr.CSR
	for range size {
		c := l.make(t)
		many = append(many, c)
		l.list = slices.Insert(l.list, 0, c)
	}
	for some := range slices.Chunk(many, addAtOnce) {
		must(t, l.CreateMany(t.Context(), some))
	}
}

// change does something to the list, at any place of it.
func (l *large) change(t *testing.T) {
	t.Helper()
	at := l.random.IntN(len(l.list))
	switch c := l.list[at]; l.random.IntN(5) {
	case 0:
		l.add(t, 1)
	case 1, 2:
		to := l.make(t)
		c.Domain, c.EncryptAlgo = to.Domain, to.EncryptAlgo
		must(t, l.Update(recorded(t, l.Store), c))
	case 3: // some that lie together, so that whole ranges go
		ids := []int64{}
		for range min(1+l.random.IntN(40), len(l.list)-at-1) {
			ids = append(ids, l.list[at].ID)
			l.gone = append(l.gone, l.list[at])
			l.list = slices.Delete(l.list, at, at+1)
		}
		_, err := l.Delete(recorded(t, l.Store), owner, ids, start, true)
		must(t, err)
	case 4:
		if len(l.gone) == 0 {
			return
		}
		back := l.gone[len(l.gone)-1]
		must(t, l.Restore(recorded(t, l.Store), owner, back.ID))
		l.gone = l.gone[:len(l.gone)-1]
		place, _ := slices.BinarySearchFunc(l.list, back, func(a, b *csr.CSR) int { return int(b.ID - a.ID) }) // ids of one process grow
		l.list = slices.Insert(l.list, place, back)
	}
}

// check compares pages of a filter with the slice.
func (l *large) check(t *testing.T, filter csr.Filter) {
	t.Helper()
	var want []int64
	for _, c := range l.list {
		if (filter.Domain == "" || filter.Domain == c.Domain) && (filter.EncryptAlgo == "" || filter.EncryptAlgo == c.EncryptAlgo) {
			want = append(want, c.ID)
		}
	}
	n := len(want)
	for _, offset := range []int{0, 1, n / 2, n - 101, n - 100, n - 1, n, sqlstore.Undivided, sqlstore.Undivided + 1, l.random.IntN(n + 1), l.random.IntN(n + 1)} {
		limit := l.random.IntN(101)
		if offset < 0 {
			continue
		}
		list, err := l.List(t.Context(), owner, filter, csr.Page{Offset: int64(offset), Limit: int64(limit)})
		must(t, err)
		var got []int64
		for _, r := range list.Records {
			got = append(got, r.ID)
		}
		from := min(offset, n)
		if page := want[from:min(from+limit, n)]; list.Total != int64(n) || !slices.Equal(got, page) {
			t.Fatalf("%+v, %d from %d: %v of %d, want %v of %d", filter, limit, offset, got, list.Total, page, n)
		}
	}
}

func (l *large) checkAll(t *testing.T) {
	t.Helper()
	for _, domain := range []string{"", "big.example.com", "例え.example.com", "none.example.com"} {
		for _, algo := range []string{"", "RSA", "SM2", "none"} {
			l.check(t, csr.Filter{Domain: domain, EncryptAlgo: algo})
		}
	}
	wrong, err := l.CheckCounts(t.Context(), owner, false)
	if err != nil || wrong != 0 {
		t.Fatalf("%d counts are wrong, %v", wrong, err)
	}
}

func TestPagesOfLargeListsAreExactWhateverHappens(t *testing.T) {
	l := newLarge(t, 3000)
	l.checkAll(t)
	for range 6 {
		for range 25 {
			l.change(t)
		}
		l.checkAll(t)
	}
	// What grew beyond the bound and falls to nothing can grow again.
	ids := []int64{}
	for _, c := range l.list {
		ids = append(ids, c.ID)
	}
	_, err := l.Delete(recorded(t, l.Store), owner, ids, start, false)
	must(t, err)
	l.list = nil
	for _, table := range []string{"csr_count", "csr_range"} {
		if n := rowsOf(t, l.Store, table); n != 0 {
			t.Errorf("an empty list has %d rows in %s", n, table)
		}
	}
	l.add(t, sqlstore.Undivided+50)
	l.checkAll(t)
}

func rowsOf(t *testing.T, s *sqlstore.Store, table string) (n int64) {
	t.Helper()
	s.Writer(func(conn *sqlite.Conn) {
		must(t, sqlitex.Execute(conn, "SELECT count(*) FROM "+table, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			n = stmt.ColumnInt64(0)
			return nil
		}}))
	})
	return n
}

// Counts that somebody else made wrong are found and put right.
func TestWrongCountsAreFoundAndRepaired(t *testing.T) {
	for _, sql := range []string{
		"UPDATE csr_count SET total = total + 1 WHERE domain_key = '' AND encrypt_algo = ''",
		"UPDATE csr_count SET total = total - 1 WHERE domain_key = 'big.example.com' AND encrypt_algo = 'RSA'",
		"DELETE FROM csr_count WHERE domain_key = 'a.example.com'",
		"DELETE FROM csr_count",
		"INSERT INTO csr_count (owner_uin, domain_key, encrypt_algo, total, divided) SELECT owner_uin, 'x', '', 1, 0 FROM account",
		"UPDATE csr_count SET divided = 0",
		"UPDATE csr_range SET total = total + 1 WHERE level = 1 AND range = 2",
		"DELETE FROM csr_range WHERE level = 2",
		"UPDATE csr_range SET range = range + 1 WHERE level = 2",
		"DELETE FROM csr WHERE seq = 1000",
	} {
		t.Run(sql, func(t *testing.T) {
			l := newLarge(t, 1500)
			l.Writer(func(conn *sqlite.Conn) { must(t, sqlitex.Execute(conn, sql, nil)) })
			if strings.HasPrefix(sql, "DELETE FROM csr WHERE") {
				l.list = slices.Delete(l.list, 500, 501)
			}
			for _, repair := range []bool{false, true} {
				if wrong, err := l.CheckCounts(t.Context(), owner, repair); err != nil || wrong == 0 {
					t.Fatalf("repair %v: %d counts are wrong, %v", repair, wrong, err)
				}
			}
			l.checkAll(t)
		})
	}
}

// A store of a csrd that kept no counts has them after a start.
func TestCountsAreMadeAtAStart(t *testing.T) {
	l := newLarge(t, 700)
	l.Writer(func(conn *sqlite.Conn) {
		for _, table := range []string{"csr_count", "csr_range"} {
			must(t, sqlitex.Execute(conn, fmt.Sprintf("DELETE FROM %s", table), nil))
		}
	})
	must(t, l.FillCounts(t.Context()))
	l.checkAll(t)
}
