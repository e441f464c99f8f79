package sqlstore

import "sync"

// maxRanges bounds how many lists of ranges are kept, each of at most 4 KiB but
// for the uppermost of very large accounts.
const maxRanges = 4096

// rangeCount is how many CSRs of a facet a range has.
type rangeCount struct{ n, total int64 }

// rangesKey names the ranges of a level that are within one of the level above,
// or all where it is the uppermost.
type rangesKey struct {
	facet
	level  int
	within int64
}

// ranges remembers counts of ranges with the version of the owner's CSRs that
// they are of. It is no truth: the version is read with what they are used for.
type ranges struct {
	mu sync.Mutex
	of map[rangesKey]rangesAt
}

type rangesAt struct {
	version int64
	counts  []rangeCount
}

// read returns the ranges that a key names, in order, at a version that the
// transaction has read.
func (r *ranges) read(t tx, version int64, key rangesKey) ([]rangeCount, error) {
	r.mu.Lock()
	known := r.of[key]
	r.mu.Unlock()
	if known.version == version && known.counts != nil {
		return known.counts, nil
	}
	from, to := int64(0), int64(1)<<62
	if key.level < levels {
		from, to = key.within<<levelShift, (key.within+1)<<levelShift
	}
	counts := []rangeCount{}
	err := t.query(`SELECT range, total FROM csr_range WHERE owner_uin = CAST($1 AS BIGINT) AND domain_key = CAST($2 AS TEXT)
		AND encrypt_algo = CAST($3 AS TEXT) AND level = CAST($4 AS BIGINT) AND range >= CAST($5 AS BIGINT) AND range < CAST($6 AS BIGINT) ORDER BY range`,
		func(row row) error { counts = append(counts, rangeCount{row.int(0), row.int(1)}); return nil },
		int64(key.owner), key.domain, key.algo, int64(key.level), from, to)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) >= maxRanges {
		r.of = map[rangesKey]rangesAt{}
	}
	r.of[key] = rangesAt{version, counts}
	return counts, nil
}
