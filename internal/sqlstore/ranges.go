package sqlstore

// maxRanges bounds how many lists of ranges are kept, each of at most 4 KiB but
// for the uppermost of very large accounts.
const maxRanges = 4096

// keptRanges are counts of ranges with the version of the owner's CSRs that they
// are of. They are no truth: the version is read with what they are used for.
type keptRanges = kept[rangesKey, int64, []rangeCount]

// rangeCount is how many CSRs of a facet a range has.
type rangeCount struct{ n, total int64 }

// rangesKey names the ranges of a level that are within one of the level above,
// or all where it is the uppermost.
type rangesKey struct {
	facet
	level  int
	within int64
}

// ranges reads the ranges that a key names, in order.
func (t tx) ranges(key rangesKey) (counts []rangeCount, err error) {
	from, to := int64(0), int64(1)<<62
	if key.level < levels {
		from, to = key.within<<levelShift, (key.within+1)<<levelShift
	}
	err = t.query(`SELECT range, total FROM csr_range WHERE owner_uin = CAST($1 AS BIGINT) AND domain_key = CAST($2 AS TEXT)
		AND encrypt_algo = CAST($3 AS TEXT) AND level = CAST($4 AS BIGINT) AND range >= CAST($5 AS BIGINT) AND range < CAST($6 AS BIGINT) ORDER BY range`,
		func(r row) error { counts = append(counts, rangeCount{r.int(0), r.int(1)}); return nil },
		int64(key.owner), key.domain, key.algo, int64(key.level), from, to)
	return counts, err
}
