package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
)

// Decision: a list is newest first, by the owner's creation number; the published sample fits that and no order of ids.

// List implements [csr.Store]. It reads the table csr alone: no secret is in it.
func (s *Store) List(ctx context.Context, owner csr.Owner, filter csr.Filter, page csr.Page) ([]csr.Record, int64, error) {
	where, args := whereOf(owner, filter)
	records := []csr.Record{}
	var total int64
	err := s.db.read(ctx, func(t tx) error {
		err := t.query("SELECT count(*) FROM csr WHERE "+where, func(r row) error { total = r.int(0); return nil }, args...)
		if err != nil || page.Limit == 0 || page.Offset >= total {
			return err
		}
		n := len(args)
		return t.query(fmt.Sprintf("SELECT %s FROM csr WHERE %s ORDER BY seq DESC LIMIT $%d OFFSET $%d", csrColumns, where, n+1, n+2),
			func(r row) error { records = append(records, scanRecord(r)); return nil },
			append(args, page.Limit, page.Offset)...)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list CSRs: %w", err)
	}
	return records, total, nil
}

// whereOf returns the condition of a filter. Each of its four forms has an
// index that ends in seq.
func whereOf(owner csr.Owner, filter csr.Filter) (where string, args []any) {
	where, args = "owner_uin = $1", []any{int64(owner)}
	if filter.Domain != "" {
		args = append(args, csr.DomainKey(filter.Domain))
		where += fmt.Sprintf(" AND domain_key = $%d", len(args))
	}
	if filter.EncryptAlgo != "" {
		args = append(args, filter.EncryptAlgo)
		where += fmt.Sprintf(" AND encrypt_algo = $%d", len(args))
	}
	return where, args
}
