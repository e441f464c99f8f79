package sqlstore

import (
	"context"
	"fmt"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
)

// users returns the users that a condition selects.
func (s *Store) users(ctx context.Context, where string, args ...any) ([]cam.User, error) {
	var users []cam.User
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, name, enabled, create_time, tokens_from FROM cam_user WHERE "+where, func(r row) error {
			users = append(users, cam.User{
				Owner: csr.Owner(r.int(0)), Name: r.text(1), Enabled: r.int(2) == 1,
				CreateTime: fromMicros(r.int(3)), TokensFrom: fromMicros(r.int(4)),
			})
			return nil
		}, args...)
	})
	return users, err
}

// Users implements [cam.UserStore].
func (s *Store) Users(ctx context.Context, owner csr.Owner) ([]cam.User, error) {
	users, err := s.users(ctx, "owner_uin = $1 ORDER BY name", int64(owner))
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// User implements [cam.UserStore].
func (s *Store) User(ctx context.Context, owner csr.Owner, name string) (cam.User, error) {
	users, err := s.users(ctx, "owner_uin = $1 AND name = $2", int64(owner), name)
	if err == nil && len(users) == 0 {
		err = cam.ErrNoUser
	}
	if err != nil {
		return cam.User{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	return users[0], nil
}

// userIs is the condition that selects a user.
const userIs = "cam_user WHERE owner_uin = $1 AND name = $2"

// CreateUser implements [cam.UserStore].
func (s *Store) CreateUser(ctx context.Context, user cam.User) error {
	err := s.change(ctx, user.Owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoAccount, "account WHERE owner_uin = $1", int64(user.Owner)); err != nil {
			return nil, err
		}
		if err := t.refuse(cam.ErrExists, userIs, int64(user.Owner), user.Name); err != nil {
			return nil, err
		}
		return []string{audit.User(user.Name)}, t.exec("INSERT INTO cam_user (owner_uin, name, enabled, create_time, tokens_from) VALUES ($1, $2, $3, $4, $5)",
			int64(user.Owner), user.Name, asInt(user.Enabled), micros(user.CreateTime), micros(user.TokensFrom))
	})
	if err != nil {
		return fmt.Errorf("create user %s: %w", user.Name, err)
	}
	return nil
}

// EnableUser implements [cam.UserStore].
func (s *Store) EnableUser(ctx context.Context, owner csr.Owner, name string, enabled bool) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		return []string{audit.User(name)}, t.changeOne(cam.ErrNoUser, "UPDATE cam_user SET enabled = $1 WHERE owner_uin = $2 AND name = $3",
			asInt(enabled), int64(owner), name)
	})
	if err != nil {
		return fmt.Errorf("enable or disable user %s: %w", name, err)
	}
	return nil
}

// RevokeTokens implements [cam.UserStore].
func (s *Store) RevokeTokens(ctx context.Context, owner csr.Owner, name string, before time.Time) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		return []string{audit.User(name)}, t.changeOne(cam.ErrNoUser, "UPDATE cam_user SET tokens_from = $1 WHERE owner_uin = $2 AND name = $3",
			micros(before), int64(owner), name)
	})
	if err != nil {
		return fmt.Errorf("revoke the temporary credentials of user %s: %w", name, err)
	}
	return nil
}

// DeleteUser implements [cam.UserStore].
func (s *Store) DeleteUser(ctx context.Context, owner csr.Owner, name string, force bool) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoUser, userIs, int64(owner), name); err != nil {
			return nil, err
		}
		var use cam.InUseError
		var err error
		if use.Keys, err = t.count("access_key WHERE "+keysOfUser, int64(owner), name); err != nil {
			return nil, err
		}
		if use.Policies, err = t.count("policy_attachment WHERE owner_uin = $1 AND user_name = $2", int64(owner), name); err != nil {
			return nil, err
		}
		if !force && use != (cam.InUseError{}) {
			return nil, &use
		}
		for _, statement := range []string{
			"DELETE FROM access_key WHERE " + keysOfUser,
			"DELETE FROM policy_attachment WHERE owner_uin = $1 AND user_name = $2",
			"DELETE FROM cam_user WHERE owner_uin = $1 AND name = $2",
		} {
			if err := t.exec(statement, int64(owner), name); err != nil {
				return nil, err
			}
		}
		return []string{audit.User(name)}, nil
	})
	if err != nil {
		return fmt.Errorf("delete user %s: %w", name, err)
	}
	return nil
}
