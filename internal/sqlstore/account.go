package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
	"csrd/internal/cam"
)

// Accounts implements [cam.Store].
func (s *Store) Accounts(ctx context.Context) ([]cam.Account, error) {
	var accounts []cam.Account
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, create_time FROM account ORDER BY create_time, owner_uin", func(r row) error {
			accounts = append(accounts, cam.Account{Owner: csr.Owner(r.int(0)), CreateTime: fromMicros(r.int(1))})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return accounts, nil
}

// CreateAccount implements [cam.Store].
func (s *Store) CreateAccount(ctx context.Context, account cam.Account, key cam.AccessKey) error {
	err := s.db.write(ctx, func(t tx) error {
		err := t.exec("INSERT INTO account (owner_uin, create_time) VALUES ($1, $2)", int64(account.Owner), micros(account.CreateTime))
		if err != nil {
			return err
		}
		return t.exec("INSERT INTO access_key (secret_id, owner_uin, secret_key, version, enabled, create_time) VALUES ($1, $2, $3, $4, $5, $6)",
			key.SecretID, int64(key.Owner), []byte(key.SecretKey), key.Version, asInt(key.Enabled), micros(key.CreateTime))
	})
	if err != nil {
		return fmt.Errorf("create account %s: %w", account.Owner, err)
	}
	return nil
}

// AccessKey implements [cam.Store].
func (s *Store) AccessKey(ctx context.Context, secretID string) (cam.AccessKey, error) {
	var key cam.AccessKey
	found := false
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, secret_key, version, enabled, create_time FROM access_key WHERE secret_id = $1", func(r row) error {
			found = true
			key = cam.AccessKey{
				SecretID: secretID, Owner: csr.Owner(r.int(0)), SecretKey: r.bytes(1), Version: r.int(2),
				Enabled: r.int(3) == 1, CreateTime: fromMicros(r.int(4)),
			}
			return nil
		}, secretID)
	})
	if err == nil && !found {
		err = cam.ErrNoKey
	}
	if err != nil {
		return cam.AccessKey{}, fmt.Errorf("look up an access key: %w", err)
	}
	return key, nil
}

func asInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
