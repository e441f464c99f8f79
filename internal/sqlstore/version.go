package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
)

// Version implements [csr.Store].
func (s *Store) Version(ctx context.Context, owner csr.Owner) (int64, error) {
	version, err := readNow(&s.versions, s.db, owner, func() (version int64, err error) {
		err = s.db.read(ctx, func(t tx) error {
			return t.query("SELECT version FROM csr_counter WHERE owner_uin = CAST($1 AS BIGINT)",
				func(r row) error { version = r.int(0); return nil }, int64(owner))
		})
		return version, err
	})
	if err != nil {
		return 0, fmt.Errorf("version of the CSRs of %s: %w", owner, err)
	}
	return version, nil
}

// changed says that what a list of an owner's CSRs can show is changed by the
// transaction. To create one says it with the creation number.
func (t tx) changed(owner csr.Owner) error {
	return t.exec("UPDATE csr_counter SET version = version + 1 WHERE owner_uin = $1", int64(owner))
}
