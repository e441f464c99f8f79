package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
)

// rowColumns are all columns of the table csr, shared by deleted_csr.
const rowColumns = csrColumns + ", seq, domain_key, revision, spki"

// Delete implements [csr.Store]. The detail, with the secrets, stays while the
// row is among the deleted ones.
func (s *Store) Delete(ctx context.Context, owner csr.Owner, ids []int64, at time.Time, retain bool) ([]int64, error) {
	var deleted []int64
	err := s.changeAll(ctx, []csr.Owner{owner}, func(t tx) (map[csr.Owner][]string, error) {
		deleted = nil // it may run again
		for _, id := range ids {
			was, found, err := t.place("csr", owner, id)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
			if retain {
				err := t.exec(`INSERT INTO deleted_csr (`+rowColumns+`, delete_time)
					SELECT `+rowColumns+`, $1 FROM csr WHERE owner_uin = $2 AND id = $3`, micros(at), int64(owner), id)
				if err != nil {
					return nil, err
				}
			}
			if err := t.exec(`DELETE FROM csr WHERE owner_uin = $1 AND id = $2`, int64(owner), id); err != nil {
				return nil, err
			}
			if err := t.countOut(was); err != nil {
				return nil, err
			}
			deleted = append(deleted, id)
			if !retain {
				if err := t.destroy(owner, id); err != nil {
					return nil, err
				}
			}
		}
		if len(deleted) == 0 {
			return nil, nil
		}
		if err := t.changed(owner); err != nil {
			return nil, err
		}
		return map[csr.Owner][]string{owner: csrNames(deleted...)}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("delete CSRs: %w", err)
	}
	return deleted, nil
}

// destroy removes the detail of a CSR, and its secrets with it.
func (t tx) destroy(owner csr.Owner, id int64) error {
	return t.exec(`DELETE FROM csr_detail WHERE owner_uin = $1 AND id = $2`, int64(owner), id)
}

// Restore implements [csr.Store].
func (s *Store) Restore(ctx context.Context, owner csr.Owner, id int64) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		was, found, err := t.place("deleted_csr", owner, id)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, csr.ErrNotFound
		}
		err = t.exec(`INSERT INTO csr (`+rowColumns+`)
			SELECT `+rowColumns+` FROM deleted_csr WHERE owner_uin = $1 AND id = $2`, int64(owner), id)
		if err != nil {
			return nil, err
		}
		if err := t.exec(`DELETE FROM deleted_csr WHERE owner_uin = $1 AND id = $2`, int64(owner), id); err != nil {
			return nil, err
		}
		if err := t.changed(owner); err != nil {
			return nil, err
		}
		return csrNames(id), t.countIn(was)
	})
	if err != nil {
		return fmt.Errorf("restore CSR %d: %w", id, err)
	}
	return nil
}

// ListDeleted implements [csr.Store].
func (s *Store) ListDeleted(ctx context.Context, limit int64) ([]csr.Deleted, error) {
	var list []csr.Deleted
	err := s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT `+csrColumns+`, delete_time FROM deleted_csr ORDER BY delete_time DESC, owner_uin, id LIMIT $1`,
			func(r row) error {
				list = append(list, csr.Deleted{Record: scanRecord(r), DeleteTime: fromMicros(r.int(14))})
				return nil
			}, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("list deleted CSRs: %w", err)
	}
	return list, nil
}

// Purge implements [csr.Store].
func (s *Store) Purge(ctx context.Context, before time.Time, limit int64) (int64, error) {
	due, err := s.dueDeleted(ctx, before, limit)
	if err != nil {
		return 0, fmt.Errorf("purge deleted CSRs: %w", err)
	}
	if len(due) == 0 {
		return 0, nil
	}
	var purged int64
	err = s.changeAll(ctx, slices.Sorted(maps.Keys(due)), func(t tx) (map[csr.Owner][]string, error) {
		purged = 0 // it may run again
		changes := map[csr.Owner][]string{}
		for owner, ids := range due {
			for _, id := range ids {
				// Another process may have restored it meanwhile.
				changed, err := t.change(`DELETE FROM deleted_csr WHERE owner_uin = $1 AND id = $2 AND delete_time < $3`, int64(owner), id, micros(before))
				if err != nil {
					return nil, err
				}
				if changed == 0 {
					continue
				}
				if err := t.destroy(owner, id); err != nil {
					return nil, err
				}
				purged++
				changes[owner] = append(changes[owner], audit.CSR(id))
			}
		}
		return changes, nil
	})
	if err != nil {
		return 0, fmt.Errorf("purge deleted CSRs: %w", err)
	}
	return purged, nil
}

// dueDeleted returns the CSRs that were deleted before a time, the first at
// most limit of them, by account.
func (s *Store) dueDeleted(ctx context.Context, before time.Time, limit int64) (map[csr.Owner][]int64, error) {
	due := map[csr.Owner][]int64{}
	err := s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT owner_uin, id FROM deleted_csr WHERE delete_time < $1 ORDER BY delete_time LIMIT $2`, func(r row) error {
			owner := csr.Owner(r.int(0))
			due[owner] = append(due[owner], r.int(1))
			return nil
		}, micros(before), limit)
	})
	return due, err
}
