package sqlstore

import (
	"context"
	"fmt"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/seal"
)

const dataKeyColumns = "owner_uin, key_id, wrapped"

func scanDataKey(r row) (seal.DataKey, error) {
	k := seal.DataKey{Owner: csr.Owner(r.int(0)), Wrapped: r.bytes(2)}
	id, err := seal.ParseKeyID(r.text(1))
	if err != nil {
		return k, fmt.Errorf("data key of %s: its id is damaged", k.Owner)
	}
	k.ID = id
	return k, nil
}

func (s *Store) dataKeys(ctx context.Context, rest string, args ...any) ([]seal.DataKey, error) {
	var keys []seal.DataKey
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT "+dataKeyColumns+" FROM data_key "+rest, func(r row) error {
			k, err := scanDataKey(r)
			keys = append(keys, k)
			return err
		}, args...)
	})
	return keys, err
}

// DataKeys implements [seal.KeyStore].
func (s *Store) DataKeys(ctx context.Context, owner csr.Owner) ([]seal.DataKey, error) {
	return s.dataKeys(ctx, "WHERE owner_uin = $1 ORDER BY create_time DESC, key_id", int64(owner))
}

// AnyDataKey implements [seal.KeyStore].
func (s *Store) AnyDataKey(ctx context.Context) (seal.DataKey, bool, error) {
	keys, err := s.dataKeys(ctx, "LIMIT 1")
	if err != nil || len(keys) == 0 {
		return seal.DataKey{}, false, err
	}
	return keys[0], true, nil
}

// AddDataKey implements [seal.KeyStore].
func (s *Store) AddDataKey(ctx context.Context, key seal.DataKey) error {
	now := time.Now()
	return s.db.write(ctx, func(t tx) error {
		if err := t.lock(audit.System); err != nil { // under which a rotation begins and ends
			return err
		}
		if err := t.admit(key, now); err != nil {
			return err
		}
		return t.exec("INSERT INTO data_key ("+dataKeyColumns+", create_time) VALUES ($1, $2, $3, $4)",
			int64(key.Owner), key.ID.String(), key.Wrapped, micros(now))
	})
}
