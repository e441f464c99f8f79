package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
)

// The totals of an owner, $1, as the rows of the table csr say.
const countedTotals = `SELECT owner_uin, '' AS domain_key, '' AS encrypt_algo, count(*) AS total
		FROM csr WHERE owner_uin = $1 GROUP BY owner_uin
	UNION ALL SELECT owner_uin, '', encrypt_algo, count(*)
		FROM csr WHERE owner_uin = $1 AND encrypt_algo <> '' GROUP BY owner_uin, encrypt_algo
	UNION ALL SELECT owner_uin, domain_key, '', count(*)
		FROM csr WHERE owner_uin = $1 AND domain_key <> '' GROUP BY owner_uin, domain_key
	UNION ALL SELECT owner_uin, domain_key, encrypt_algo, count(*)
		FROM csr WHERE owner_uin = $1 AND domain_key <> '' AND encrypt_algo <> '' GROUP BY owner_uin, domain_key, encrypt_algo`

// recount counts all CSRs of an owner anew.
func (t tx) recount(owner csr.Owner) error {
	for _, sql := range []string{
		"DELETE FROM csr_count WHERE owner_uin = $1",
		"DELETE FROM csr_range WHERE owner_uin = $1",
		"INSERT INTO csr_count (owner_uin, domain_key, encrypt_algo, total, divided) SELECT owner_uin, domain_key, encrypt_algo, total, 0 FROM (" + countedTotals + ") AS counted",
	} {
		if err := t.exec(sql, int64(owner)); err != nil {
			return err
		}
	}
	large, err := t.facetsWhere(owner, fmt.Sprintf("total > %d", undivided))
	if err != nil {
		return err
	}
	for _, f := range large {
		if err := t.divide(f); err != nil {
			return err
		}
	}
	return nil
}

func (t tx) facetsWhere(owner csr.Owner, condition string) (facets []facet, err error) {
	err = t.query("SELECT domain_key, encrypt_algo FROM csr_count WHERE owner_uin = $1 AND "+condition,
		func(r row) error { facets = append(facets, facet{owner, r.text(0), r.text(1)}); return nil }, int64(owner))
	return facets, err
}

// wrongCounts says how many counts of an owner are not those of its rows.
func (t tx) wrongCounts(owner csr.Owner) (wrong int64, err error) {
	differ := func(key, counted, kept string, args ...any) error {
		return t.query(fmt.Sprintf(`SELECT count(*) FROM (SELECT DISTINCT %[3]s FROM (
				SELECT * FROM (%[1]s EXCEPT %[2]s) AS a UNION ALL SELECT * FROM (%[2]s EXCEPT %[1]s) AS b) AS differences) AS wrong`, counted, kept, key),
			func(r row) error { wrong += r.int(0); return nil }, args...)
	}
	err = differ("domain_key, encrypt_algo", "SELECT * FROM ("+countedTotals+") AS counted", "SELECT owner_uin, domain_key, encrypt_algo, total FROM csr_count WHERE owner_uin = $1", int64(owner))
	if err != nil {
		return 0, err
	}
	err = t.query("SELECT count(*) FROM csr_count WHERE owner_uin = $1 AND total > $2 AND divided = 0",
		func(r row) error { wrong += r.int(0); return nil }, int64(owner), int64(undivided))
	if err != nil {
		return 0, err
	}
	divided, err := t.facetsWhere(owner, "divided = 1")
	if err != nil {
		return 0, err
	}
	for _, f := range divided {
		for level := 1; level <= levels; level++ {
			where, args := f.where(int64(level), int64(shift(level)))
			kept := fmt.Sprintf("SELECT level, range, total FROM csr_range WHERE owner_uin = $3 AND domain_key = $%d AND encrypt_algo = $%d AND level = $1", len(args)+1, len(args)+2)
			err := differ("range", "SELECT CAST($1 AS BIGINT) AS level, seq >> CAST($2 AS INTEGER) AS range, count(*) AS total FROM csr WHERE "+where+" GROUP BY 2", kept, append(args, f.domain, f.algo)...)
			if err != nil {
				return 0, err
			}
		}
	}
	return wrong, nil
}

// CheckCounts counts the CSRs of an account and returns how many of the counts
// kept are wrong. With repair they are right when it returns.
func (s *Store) CheckCounts(ctx context.Context, owner csr.Owner, repair bool) (wrong int64, err error) {
	run := s.db.read
	if repair {
		run = s.db.write
	}
	err = run(ctx, func(t tx) error {
		if repair {
			if err := t.lock(owner); err != nil {
				return err
			}
		}
		if wrong, err = t.wrongCounts(owner); err != nil || wrong == 0 || !repair {
			return err
		}
		if err := t.changed(owner); err != nil { // the totals
			return err
		}
		return t.recount(owner)
	})
	if err != nil {
		return 0, fmt.Errorf("count the CSRs of %s: %w", owner, err)
	}
	return wrong, nil
}

// fillCounts counts the CSRs of accounts that have no counts: those of a csrd
// before they were kept. Cut off, it goes on at the next start.
func (s *Store) fillCounts(ctx context.Context) error {
	var owners []csr.Owner
	err := s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT owner_uin FROM csr_counter o WHERE EXISTS (SELECT 1 FROM csr WHERE csr.owner_uin = o.owner_uin)
			AND NOT EXISTS (SELECT 1 FROM csr_count c WHERE c.owner_uin = o.owner_uin)`,
			func(r row) error { owners = append(owners, csr.Owner(r.int(0))); return nil })
	})
	for _, owner := range owners {
		if err == nil {
			err = s.db.write(ctx, func(t tx) error { return t.recount(owner) })
		}
	}
	if err != nil {
		return fmt.Errorf("count the CSRs that there are: %w", err)
	}
	return nil
}
