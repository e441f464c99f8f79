package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
)

// Accounts implements [cam.AccountStore].
func (s *Store) Accounts(ctx context.Context) ([]cam.Account, error) {
	var accounts []cam.Account
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, name, enabled, create_time FROM account ORDER BY create_time, owner_uin", func(r row) error {
			accounts = append(accounts, cam.Account{
				Owner: csr.Owner(r.int(0)), Name: r.text(1), Enabled: r.int(2) == 1, CreateTime: fromMicros(r.int(3)),
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return accounts, nil
}

// CreateAccount implements [cam.AccountStore].
func (s *Store) CreateAccount(ctx context.Context, account cam.Account, key cam.AccessKey) error {
	return s.createAccount(ctx, account, key, func(tx) error { return nil })
}

// CreateFirstAccount implements [cam.AccountStore].
func (s *Store) CreateFirstAccount(ctx context.Context, account cam.Account, key cam.AccessKey) error {
	return s.createAccount(ctx, account, key, func(t tx) error {
		if err := t.lock(audit.System); err != nil { // of two first ones, one is the first
			return err
		}
		return t.refuse(cam.ErrExists, "account")
	})
}

// createAccount stores an account if allowed, in the same transaction, returns nil.
func (s *Store) createAccount(ctx context.Context, account cam.Account, key cam.AccessKey, allowed func(tx) error) error {
	err := s.changeAll(ctx, []csr.Owner{account.Owner}, func(t tx) (map[csr.Owner][]string, error) {
		if err := allowed(t); err != nil {
			return nil, err
		}
		if err := t.refuse(cam.ErrExists, "account WHERE owner_uin = $1", int64(account.Owner)); err != nil {
			return nil, err
		}
		err := t.exec("INSERT INTO account (owner_uin, name, enabled, create_time) VALUES ($1, $2, $3, $4)",
			int64(account.Owner), account.Name, asInt(account.Enabled), micros(account.CreateTime))
		if err != nil {
			return nil, err
		}
		made := []string{audit.Account(account.Owner), audit.AccessKey(key.SecretID)}
		return map[csr.Owner][]string{account.Owner: made}, t.addKey(key)
	})
	if err != nil {
		return fmt.Errorf("create account %s: %w", account.Owner, err)
	}
	return nil
}

// EnableAccount implements [cam.AccountStore].
func (s *Store) EnableAccount(ctx context.Context, owner csr.Owner, enabled bool) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		return []string{audit.Account(owner)}, t.changeOne(cam.ErrNoAccount, "UPDATE account SET enabled = $1 WHERE owner_uin = $2", asInt(enabled), int64(owner))
	})
	if err != nil {
		return fmt.Errorf("enable or disable account %s: %w", owner, err)
	}
	return nil
}

// DeleteAccount implements [cam.AccountStore].
func (s *Store) DeleteAccount(ctx context.Context, owner csr.Owner, force bool) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoAccount, "account WHERE owner_uin = $1", int64(owner)); err != nil {
			return nil, err
		}
		// Of two that are deleted at once, one is the last. This lock comes
		// after that of an account everywhere.
		if err := t.lock(audit.System); err != nil {
			return nil, err
		}
		if err := t.need(cam.ErrLastAccount, "account WHERE owner_uin <> $1", int64(owner)); err != nil {
			return nil, err
		}
		use, err := t.accountUse(owner)
		if err != nil {
			return nil, err
		}
		if use.CSRs > 0 || !force && use != (cam.InUseError{}) {
			return nil, &use
		}
		for _, table := range []string{
			"policy_attachment", "token_key", "access_key", "cam_user", "policy", "deleted_csr", "csr_detail", "csr_counter", "account",
		} {
			if err := t.exec("DELETE FROM "+table+" WHERE owner_uin = $1", int64(owner)); err != nil {
				return nil, err
			}
		}
		return []string{audit.Account(owner)}, nil
	})
	if err != nil {
		return fmt.Errorf("delete account %s: %w", owner, err)
	}
	return nil
}

// accountUse counts what is in an account, but for the keys.
func (t tx) accountUse(owner csr.Owner) (use cam.InUseError, err error) {
	for _, of := range []struct {
		count *int64
		table string
	}{{&use.CSRs, "csr"}, {&use.Deleted, "deleted_csr"}, {&use.Users, "cam_user"}, {&use.Policies, "policy"}} {
		if *of.count, err = t.count(of.table+" WHERE owner_uin = $1", int64(owner)); err != nil {
			return use, err
		}
	}
	return use, nil
}
