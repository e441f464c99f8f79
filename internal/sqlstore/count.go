package sqlstore

import (
	"errors"
	"fmt"

	"csrd/csr"
)

// How many CSRs an owner has is counted as they come and go, for every filter
// that has any, so that no list counts rows. Where they are many they are
// counted by ranges of creation numbers too, at two levels, so that a page at
// any offset is found without passing over the rows before it.
const (
	// undivided is up to how many CSRs a facet has no ranges: so many rows are
	// passed over about as quickly.
	undivided = 512
	// A range of level n holds so many creation numbers, as a power of two.
	levels     = 2
	levelShift = 8
)

// errCounts says that the counts are not those of the CSRs: whoever changed the
// database left them behind.
var errCounts = errors.New("the counts of CSRs are wrong: run `csrd store check --repair`")

// shift is by how much a creation number is shifted for its range at a level.
func shift(level int) int { return level * levelShift }

// facet is what a filter finds: the CSRs of an owner with a domain and an
// algorithm, where "" stands for any.
type facet struct {
	owner        csr.Owner
	domain, algo string // domain as csr.DomainKey has it
}

func facetOf(owner csr.Owner, filter csr.Filter) facet {
	f := facet{owner: owner, algo: filter.EncryptAlgo}
	if filter.Domain != "" {
		f.domain = csr.DomainKey(filter.Domain)
	}
	return f
}

// place is what counting a CSR needs to know of it.
type place struct {
	owner        csr.Owner
	domain, algo string
	seq          int64 // its creation number
}

// place reads that of a CSR; found is false where the owner has no such row in
// the table.
func (t tx) place(table string, owner csr.Owner, id int64) (p place, found bool, err error) {
	err = t.query("SELECT domain_key, encrypt_algo, seq FROM "+table+" WHERE owner_uin = $1 AND id = $2",
		func(r row) error { p, found = place{owner, r.text(0), r.text(1), r.int(2)}, true; return nil }, int64(owner), id)
	return p, found, err
}

// facets are those that a CSR is counted in. What it has no text for no filter
// finds.
func (p place) facets() []facet {
	facets := []facet{{p.owner, "", ""}}
	if p.algo != "" {
		facets = append(facets, facet{p.owner, "", p.algo})
	}
	if p.domain != "" {
		facets = append(facets, facet{p.owner, p.domain, ""})
	}
	if p.algo != "" && p.domain != "" {
		facets = append(facets, facet{p.owner, p.domain, p.algo})
	}
	return facets
}

// where adds the condition of the rows of a facet to a statement that has some
// arguments. Each of its four forms has an index that ends in seq. The casts
// change no value, here and in the other statements of every request: SQLite
// plans a statement anew each time a parameter is bound that it could plan with,
// as one that a column is compared with or a LIMIT.
func (f facet) where(before ...any) (where string, args []any) {
	args = append(before, int64(f.owner))
	where = fmt.Sprintf("owner_uin = CAST($%d AS BIGINT)", len(args))
	if f.domain != "" {
		args = append(args, f.domain)
		where += fmt.Sprintf(" AND domain_key = CAST($%d AS TEXT)", len(args))
	}
	if f.algo != "" {
		args = append(args, f.algo)
		where += fmt.Sprintf(" AND encrypt_algo = CAST($%d AS TEXT)", len(args))
	}
	return where, args
}

// count is how many CSRs a facet has, and whether its ranges are counted.
type count struct {
	total   int64
	divided bool
}

// counted also returns the version of the owner's CSRs: 0 where there never was one.
func (t tx) counted(f facet) (version int64, c count, err error) {
	err = t.query(`SELECT o.version, coalesce(c.total, 0), coalesce(c.divided, 0) FROM csr_counter o
		LEFT JOIN csr_count c ON c.owner_uin = o.owner_uin AND c.domain_key = CAST($1 AS TEXT)
			AND c.encrypt_algo = CAST($2 AS TEXT) WHERE o.owner_uin = CAST($3 AS BIGINT)`,
		func(r row) error { version, c = r.int(0), count{r.int(1), r.int(2) == 1}; return nil }, f.domain, f.algo, int64(f.owner))
	return version, c, err
}

// countIn counts a CSR that came; its row is in the table csr.
func (t tx) countIn(p place) error {
	for _, f := range p.facets() {
		var c count
		err := t.query(`INSERT INTO csr_count (owner_uin, domain_key, encrypt_algo, total, divided) VALUES ($1, $2, $3, 1, 0)
			ON CONFLICT (owner_uin, domain_key, encrypt_algo) DO UPDATE SET total = csr_count.total + 1 RETURNING total, divided`,
			func(r row) error { c = count{r.int(0), r.int(1) == 1}; return nil }, int64(f.owner), f.domain, f.algo)
		switch {
		case err != nil:
		case c.divided:
			err = t.countInRanges(f, p.seq)
		case c.total > undivided:
			err = t.divide(f)
		}
		if err != nil {
			return fmt.Errorf("count a CSR that came: %w", err)
		}
	}
	return nil
}

func (t tx) countInRanges(f facet, seq int64) error {
	for level := 1; level <= levels; level++ {
		err := t.exec(`INSERT INTO csr_range (owner_uin, domain_key, encrypt_algo, level, range, total) VALUES ($1, $2, $3, $4, $5, 1)
			ON CONFLICT (owner_uin, domain_key, encrypt_algo, level, range) DO UPDATE SET total = csr_range.total + 1`,
			int64(f.owner), f.domain, f.algo, int64(level), seq>>shift(level))
		if err != nil {
			return err
		}
	}
	return nil
}

// countOut counts a CSR that went. A count that falls to nothing has no row.
func (t tx) countOut(p place) error {
	for _, f := range p.facets() {
		divided, err := t.countDown("csr_count", "divided", `owner_uin = $1 AND domain_key = $2 AND encrypt_algo = $3`,
			int64(f.owner), f.domain, f.algo)
		for level := 1; level <= levels && err == nil && divided; level++ {
			_, err = t.countDown("csr_range", "0", `owner_uin = $1 AND domain_key = $2 AND encrypt_algo = $3 AND level = $4 AND range = $5`,
				int64(f.owner), f.domain, f.algo, int64(level), p.seq>>shift(level))
		}
		if err != nil {
			return fmt.Errorf("count a CSR that went: %w", err)
		}
	}
	return nil
}

// countDown takes one from a count, and returns a column of its row that is 0 or 1.
func (t tx) countDown(table, column, where string, args ...any) (flag bool, err error) {
	total := int64(-1)
	err = t.query("UPDATE "+table+" SET total = total - 1 WHERE "+where+" RETURNING total, "+column,
		func(r row) error { total, flag = r.int(0), r.int(1) == 1; return nil }, args...)
	switch {
	case err == nil && total < 0:
		err = errCounts
	case err == nil && total == 0:
		err = t.exec("DELETE FROM "+table+" WHERE "+where, args...)
	}
	return flag, err
}

// countMoved counts a CSR whose domain or algorithm changed.
func (t tx) countMoved(from, to place) error {
	if from == to {
		return nil
	}
	if err := t.countOut(from); err != nil {
		return err
	}
	return t.countIn(to)
}

// divide counts the ranges of a facet that has become large. The rows that it
// counts are in the table csr already.
func (t tx) divide(f facet) error {
	for level := 1; level <= levels; level++ {
		where, args := f.where(f.domain, f.algo, int64(level), int64(shift(level)))
		err := t.exec(`INSERT INTO csr_range (domain_key, encrypt_algo, level, range, total, owner_uin)
			SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), seq >> CAST($4 AS INTEGER), count(*), owner_uin FROM csr WHERE `+where+` GROUP BY owner_uin, 4`, args...)
		if err != nil {
			return err
		}
	}
	return t.exec("UPDATE csr_count SET divided = 1 WHERE owner_uin = $1 AND domain_key = $2 AND encrypt_algo = $3", int64(f.owner), f.domain, f.algo)
}
