package sqlstore

import (
	"context"
	"fmt"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

// NewestTokenKey implements [cam.TokenStore].
func (s *Store) NewestTokenKey(ctx context.Context, owner csr.Owner) (cam.TokenKey, error) {
	return s.tokenKey(ctx, "WHERE owner_uin = $1 ORDER BY create_time DESC, key_id LIMIT 1", int64(owner))
}

// TokenKey implements [cam.TokenStore].
func (s *Store) TokenKey(ctx context.Context, owner csr.Owner, id string) (cam.TokenKey, error) {
	return s.tokenKey(ctx, "WHERE owner_uin = $1 AND key_id = $2", int64(owner), id)
}

func (s *Store) tokenKey(ctx context.Context, where string, args ...any) (key cam.TokenKey, err error) {
	found := false
	err = s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, key_id, sealed_key, create_time FROM token_key "+where, func(r row) error {
			found = true
			key = cam.TokenKey{Owner: csr.Owner(r.int(0)), ID: r.text(1), Key: r.bytes(2), CreateTime: fromMicros(r.int(3))}
			return nil
		}, args...)
	})
	if err == nil && !found {
		err = cam.ErrToken
	}
	if err != nil {
		return cam.TokenKey{}, fmt.Errorf("look up a token key: %w", err)
	}
	return key, nil
}

// AddTokenKey implements [cam.TokenStore].
func (s *Store) AddTokenKey(ctx context.Context, key cam.TokenKey, before time.Time) error {
	err := s.db.write(ctx, func(t tx) error {
		if err := t.lock(key.Owner); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM token_key WHERE owner_uin = $1 AND create_time < $2", int64(key.Owner), micros(before)); err != nil {
			return err
		}
		return t.exec("INSERT INTO token_key (owner_uin, key_id, sealed_key, create_time) VALUES ($1, $2, $3, $4)",
			int64(key.Owner), key.ID, []byte(key.Key), micros(key.CreateTime))
	})
	if err != nil {
		return fmt.Errorf("keep a token key: %w", err)
	}
	return nil
}
