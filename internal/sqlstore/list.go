package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"csrd/csr"
)

// Decision: a list is newest first, by the owner's creation number; the published sample fits that and no order of ids.

// List implements [csr.Store]. It reads the table csr alone for the rows: no
// secret is in it.
func (s *Store) List(ctx context.Context, owner csr.Owner, filter csr.Filter, page csr.Page) (csr.Listing, error) {
	l := csr.Listing{Records: []csr.Record{}}
	f := facetOf(owner, filter)
	at, told := s.db.moment()
	err := s.db.read(ctx, func(t tx) (err error) {
		version, c, err := t.counted(f)
		if err != nil {
			return err
		}
		if l.Version, l.Total = version, c.total; page.Limit == 0 || page.Offset >= c.total {
			return nil
		}
		l.Records, err = t.page(f, c, &s.ranges, version, page)
		return err
	})
	if err != nil {
		return csr.Listing{}, fmt.Errorf("list CSRs: %w", err)
	}
	if told {
		s.versions.put(at, owner, l.Version)
	}
	return l, nil
}

// walk is a way through the rows of a facet by their creation numbers: from the
// newest on, or from the oldest on.
type walk struct {
	facet
	fromOldest bool
}

func (w walk) order() string {
	if w.fromOldest {
		return "ASC"
	}
	return "DESC"
}

// page reads a page that is not past the end. It goes there from the nearer end
// of the list.
func (t tx) page(f facet, c count, known *keptRanges, version int64, page csr.Page) ([]csr.Record, error) {
	limit := min(page.Limit, c.total-page.Offset)
	before, after := page.Offset, c.total-page.Offset-limit
	w := walk{f, after < before}
	skip := min(before, after)
	var edge int64
	var err error
	if c.divided && skip > undivided {
		if edge, skip, err = t.approach(w, known, version, skip); err != nil {
			return nil, err
		}
	}
	records, err := t.rows(w, edge, skip, limit)
	if w.fromOldest {
		slices.Reverse(records)
	}
	return records, err
}

// approach finds the range in which the rows begin that come after so many
// others. It returns the range's edge and how many are to be passed over from
// there; edge 0 is the end of the list.
func (t tx) approach(w walk, known *keptRanges, version, skip int64) (edge, left int64, err error) {
	found := int64(0)
	for level := levels; level >= 1; level-- {
		key := rangesKey{w.facet, level, found}
		counts, err := known.read(version, key, func() ([]rangeCount, error) { return t.ranges(key) })
		if err != nil {
			return 0, 0, err
		}
		found = -1
		for i := range counts {
			at := counts[i]
			if !w.fromOldest {
				at = counts[len(counts)-1-i]
			}
			if at.total > skip {
				found = at.n
				break
			}
			skip -= at.total
		}
		if found < 0 {
			return 0, 0, errCounts
		}
	}
	if w.fromOldest {
		return found << levelShift, skip, nil
	}
	return (found + 1) << levelShift, skip, nil
}

// rows reads so many rows on a walk, from an edge on, where one is given, and
// behind some others.
func (t tx) rows(w walk, edge, skip, limit int64) ([]csr.Record, error) {
	where, args := w.where()
	if edge > 0 {
		args = append(args, edge)
		if w.fromOldest {
			where += fmt.Sprintf(" AND seq >= $%d", len(args))
		} else {
			where += fmt.Sprintf(" AND seq < $%d", len(args))
		}
	}
	n := len(args)
	records := make([]csr.Record, 0, limit)
	err := t.query(fmt.Sprintf("SELECT %s FROM csr WHERE %s ORDER BY seq %s LIMIT CAST($%d AS BIGINT) OFFSET CAST($%d AS BIGINT)", csrColumns, where, w.order(), n+1, n+2),
		func(r row) error { records = append(records, scanRecord(r)); return nil },
		append(args, limit, skip)...)
	return records, err
}
