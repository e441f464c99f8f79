package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
)

// keyQuery reads access keys as scanKey does: k with its account and its user,
// which the root has not.
const keyQuery = `SELECT k.secret_id, k.owner_uin, coalesce(k.user_name, ''), k.secret_key, k.version, k.enabled, k.create_time,
		coalesce(k.last_used, 0), a.enabled, coalesce(u.enabled, 1), u.tokens_from
	FROM access_key k JOIN account a ON a.owner_uin = k.owner_uin
	LEFT JOIN cam_user u ON u.owner_uin = k.owner_uin AND u.name = k.user_name
	WHERE `

// keysOfUser selects the access keys of a user, or for "" of the root, by an
// index.
const keysOfUser = "owner_uin = $1 AND coalesce(user_name, '') = $2"

func scanKey(r row) cam.AccessKey {
	key := cam.AccessKey{
		SecretID: r.text(0), Owner: csr.Owner(r.int(1)), User: r.text(2), SecretKey: r.bytes(3), Version: r.int(4),
		Enabled: r.int(5) == 1, CreateTime: fromMicros(r.int(6)), OwnerEnabled: r.int(8) == 1, UserEnabled: r.int(9) == 1,
	}
	if used := r.int(7); used != 0 {
		key.LastUsed = fromMicros(used)
	}
	if key.User != "" {
		key.TokensFrom = fromMicros(r.int(10))
	}
	return key
}

func (t tx) keys(rest string, args ...any) (keys []cam.AccessKey, err error) {
	err = t.query(keyQuery+rest, func(r row) error { keys = append(keys, scanKey(r)); return nil }, args...)
	return keys, err
}

// key returns an access key or ErrNoKey.
func (t tx) key(secretID string) (cam.AccessKey, error) {
	keys, err := t.keys("k.secret_id = CAST($1 AS TEXT)", secretID)
	if err == nil && len(keys) == 0 {
		err = cam.ErrNoKey
	}
	if err != nil {
		return cam.AccessKey{}, err
	}
	return keys[0], nil
}

// AccessKey implements [cam.KeyStore].
func (s *Store) AccessKey(ctx context.Context, secretID string) (cam.AccessKey, error) {
	key, err := readNow(&s.keys, s.db, secretID, func() (key cam.AccessKey, err error) {
		err = s.db.read(ctx, func(t tx) (err error) {
			key, err = t.key(secretID)
			return err
		})
		return key, err
	})
	if err != nil {
		return cam.AccessKey{}, fmt.Errorf("look up an access key: %w", err)
	}
	return key, nil
}

// AccessKeys implements [cam.KeyStore].
func (s *Store) AccessKeys(ctx context.Context, owner csr.Owner) (keys []cam.AccessKey, err error) {
	err = s.db.read(ctx, func(t tx) (err error) {
		keys, err = t.keys("k.owner_uin = $1 ORDER BY coalesce(k.user_name, ''), k.create_time, k.secret_id", int64(owner))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list access keys: %w", err)
	}
	return keys, nil
}

// CreateKey implements [cam.KeyStore].
func (s *Store) CreateKey(ctx context.Context, key cam.AccessKey) error {
	err := s.change(ctx, key.Owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoAccount, "account WHERE owner_uin = $1", int64(key.Owner)); err != nil {
			return nil, err
		}
		if key.User != "" {
			if err := t.need(cam.ErrNoUser, userIs, int64(key.Owner), key.User); err != nil {
				return nil, err
			}
		}
		if key.Enabled {
			if err := t.admitOneMore(key); err != nil {
				return nil, err
			}
		}
		return []string{audit.AccessKey(key.SecretID)}, t.addKey(key)
	})
	if err != nil {
		return fmt.Errorf("create an access key: %w", err)
	}
	return nil
}

func (t tx) addKey(key cam.AccessKey) error {
	if err := t.refuse(cam.ErrExists, "access_key WHERE secret_id = $1", key.SecretID); err != nil {
		return err
	}
	return t.exec("INSERT INTO access_key (secret_id, owner_uin, user_name, secret_key, version, enabled, create_time) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		key.SecretID, int64(key.Owner), textOrNull(key.User), []byte(key.SecretKey), key.Version, asInt(key.Enabled), micros(key.CreateTime))
}

// activeBeside counts the enabled keys of the key's user besides itself.
func (t tx) activeBeside(key cam.AccessKey) (int64, error) {
	return t.count("access_key WHERE "+keysOfUser+" AND enabled = 1 AND secret_id <> $3", int64(key.Owner), key.User, key.SecretID)
}

// admitOneMore fails where the key's user has as many enabled keys as may be.
func (t tx) admitOneMore(key cam.AccessKey) error {
	active, err := t.activeBeside(key)
	if err == nil && active >= cam.MaxActiveKeys {
		err = cam.ErrTooManyKeys
	}
	return err
}

// keepRoot fails where the key is the last that the root of its account can use.
func (t tx) keepRoot(key cam.AccessKey) error {
	if key.User != "" {
		return nil
	}
	active, err := t.activeBeside(key)
	if err == nil && active == 0 {
		err = cam.ErrLastRootKey
	}
	return err
}

// EnableKey implements [cam.KeyStore].
func (s *Store) EnableKey(ctx context.Context, secretID string, enabled bool) error {
	stored, err := s.AccessKey(ctx, secretID)
	if err != nil {
		return err
	}
	err = s.change(ctx, stored.Owner, func(t tx) ([]string, error) {
		key, err := t.key(secretID)
		switch {
		case err != nil:
			return nil, err
		case key.Enabled == enabled:
			return nil, errUnchanged
		case enabled:
			err = t.admitOneMore(key)
		default:
			err = t.keepRoot(key)
		}
		if err != nil {
			return nil, err
		}
		return []string{audit.AccessKey(secretID)}, t.exec("UPDATE access_key SET enabled = $1 WHERE secret_id = $2", asInt(enabled), secretID)
	})
	if err != nil {
		return fmt.Errorf("enable or disable an access key: %w", err)
	}
	return nil
}

// DeleteKey implements [cam.KeyStore].
func (s *Store) DeleteKey(ctx context.Context, secretID string, force bool) error {
	stored, err := s.AccessKey(ctx, secretID)
	if err != nil {
		return err
	}
	err = s.change(ctx, stored.Owner, func(t tx) ([]string, error) {
		key, err := t.key(secretID)
		if err == nil {
			err = t.keepRoot(key)
		}
		if err == nil && key.Enabled && !force {
			err = cam.ErrKeyEnabled
		}
		if err != nil {
			return nil, err
		}
		return []string{audit.AccessKey(secretID)}, t.exec("DELETE FROM access_key WHERE secret_id = $1", secretID)
	})
	if err != nil {
		return fmt.Errorf("delete an access key: %w", err)
	}
	return nil
}

// lastUsedBatch is how many access keys one transaction of SetLastUsed writes:
// other writers wait for it.
const lastUsedBatch = 500

// SetLastUsed implements [cam.KeyStore].
func (s *Store) SetLastUsed(ctx context.Context, at map[string]time.Time) error {
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(at)), lastUsedBatch) {
		err := s.db.writeAgain(ctx, func(t tx) error {
			for _, secretID := range batch {
				err := t.exec("UPDATE access_key SET last_used = $1 WHERE secret_id = $2 AND coalesce(last_used, 0) < $1",
					micros(at[secretID]), secretID)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write when access keys were last used: %w", err)
		}
	}
	return nil
}
