package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
)

// policies returns the policies that a condition selects.
func (s *Store) policies(ctx context.Context, where string, args ...any) ([]cam.Policy, error) {
	var policies []cam.Policy
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT owner_uin, name, document, create_time, change_time FROM policy WHERE "+where, func(r row) error {
			policies = append(policies, cam.Policy{
				Owner: csr.Owner(r.int(0)), Name: r.text(1), Document: r.text(2), CreateTime: fromMicros(r.int(3)), ChangeTime: fromMicros(r.int(4)),
			})
			return nil
		}, args...)
	})
	return policies, err
}

// Policies implements [cam.PolicyStore].
func (s *Store) Policies(ctx context.Context, owner csr.Owner) ([]cam.Policy, error) {
	policies, err := s.policies(ctx, "owner_uin = $1 ORDER BY name", int64(owner))
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	return policies, nil
}

// Policy implements [cam.PolicyStore].
func (s *Store) Policy(ctx context.Context, owner csr.Owner, name string) (cam.Policy, error) {
	policies, err := s.policies(ctx, "owner_uin = $1 AND name = $2", int64(owner), name)
	if err == nil && len(policies) == 0 {
		err = cam.ErrNoPolicy
	}
	if err != nil {
		return cam.Policy{}, fmt.Errorf("look up policy %s: %w", name, err)
	}
	return policies[0], nil
}

// policyIs is the condition that selects a policy.
const policyIs = "policy WHERE owner_uin = $1 AND name = $2"

// CreatePolicy implements [cam.PolicyStore].
func (s *Store) CreatePolicy(ctx context.Context, policy cam.Policy) error {
	err := s.change(ctx, policy.Owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoAccount, "account WHERE owner_uin = $1", int64(policy.Owner)); err != nil {
			return nil, err
		}
		if err := t.refuse(cam.ErrExists, policyIs, int64(policy.Owner), policy.Name); err != nil {
			return nil, err
		}
		return []string{audit.Policy(policy.Name)}, t.exec("INSERT INTO policy (owner_uin, name, document, create_time, change_time) VALUES ($1, $2, $3, $4, $5)",
			int64(policy.Owner), policy.Name, policy.Document, micros(policy.CreateTime), micros(policy.ChangeTime))
	})
	if err != nil {
		return fmt.Errorf("create policy %s: %w", policy.Name, err)
	}
	return nil
}

// ReplacePolicy implements [cam.PolicyStore].
func (s *Store) ReplacePolicy(ctx context.Context, policy cam.Policy) error {
	err := s.change(ctx, policy.Owner, func(t tx) ([]string, error) {
		return []string{audit.Policy(policy.Name)}, t.changeOne(cam.ErrNoPolicy, "UPDATE policy SET document = $1, change_time = $2 WHERE owner_uin = $3 AND name = $4",
			policy.Document, micros(policy.ChangeTime), int64(policy.Owner), policy.Name)
	})
	if err != nil {
		return fmt.Errorf("replace policy %s: %w", policy.Name, err)
	}
	return nil
}

// DeletePolicy implements [cam.PolicyStore].
func (s *Store) DeletePolicy(ctx context.Context, owner csr.Owner, name string) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		attached, err := t.count("policy_attachment WHERE owner_uin = $1 AND stored = $2", int64(owner), name)
		if err != nil {
			return nil, err
		}
		if attached > 0 {
			return []string{audit.Policy(name)}, &cam.InUseError{Users: attached}
		}
		return []string{audit.Policy(name)}, t.changeOne(cam.ErrNoPolicy, "DELETE FROM policy WHERE owner_uin = $1 AND name = $2", int64(owner), name)
	})
	if err != nil {
		return fmt.Errorf("delete policy %s: %w", name, err)
	}
	return nil
}

// Attach implements [cam.PolicyStore].
func (s *Store) Attach(ctx context.Context, owner csr.Owner, a cam.Attachment) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		if err := t.need(cam.ErrNoUser, userIs, int64(owner), a.User); err != nil {
			return nil, err
		}
		stored := ""
		if !a.Preset {
			if err := t.need(cam.ErrNoPolicy, policyIs, int64(owner), a.Policy); err != nil {
				return nil, err
			}
			stored = a.Policy
		}
		return []string{audit.Policy(a.Policy), audit.User(a.User)}, t.exec(`INSERT INTO policy_attachment (owner_uin, user_name, policy, stored) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner_uin, user_name, policy) DO NOTHING`, int64(owner), a.User, a.Policy, textOrNull(stored))
	})
	if err != nil {
		return fmt.Errorf("attach policy %s to user %s: %w", a.Policy, a.User, err)
	}
	return nil
}

// Detach implements [cam.PolicyStore].
func (s *Store) Detach(ctx context.Context, owner csr.Owner, user, policy string) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		return []string{audit.Policy(policy), audit.User(user)}, t.changeOne(cam.ErrNoPolicy, "DELETE FROM policy_attachment WHERE owner_uin = $1 AND user_name = $2 AND policy = $3",
			int64(owner), user, policy)
	})
	if err != nil {
		return fmt.Errorf("detach policy %s from user %s: %w", policy, user, err)
	}
	return nil
}

// Attachments implements [cam.PolicyStore].
func (s *Store) Attachments(ctx context.Context, owner csr.Owner) ([]cam.Attachment, error) {
	var attachments []cam.Attachment
	err := s.db.read(ctx, func(t tx) error {
		return t.query("SELECT user_name, policy, stored IS NULL FROM policy_attachment WHERE owner_uin = $1 ORDER BY user_name, policy",
			func(r row) error {
				attachments = append(attachments, cam.Attachment{User: r.text(0), Policy: r.text(1), Preset: r.int(2) == 1})
				return nil
			}, int64(owner))
	})
	if err != nil {
		return nil, fmt.Errorf("list attached policies: %w", err)
	}
	return attachments, nil
}

// PoliciesOf implements [cam.PolicyStore].
func (s *Store) PoliciesOf(ctx context.Context, owner csr.Owner, user string) ([]cam.Policy, error) {
	var policies []cam.Policy
	err := s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT a.policy, coalesce(p.document, ''), coalesce(p.create_time, 0), coalesce(p.change_time, 0)
			FROM policy_attachment a LEFT JOIN policy p ON p.owner_uin = a.owner_uin AND p.name = a.stored
			WHERE a.owner_uin = $1 AND a.user_name = $2 ORDER BY a.policy`,
			func(r row) error {
				policy := cam.Policy{Owner: owner, Name: r.text(0), Document: r.text(1)}
				if policy.Document != "" {
					policy.CreateTime, policy.ChangeTime = fromMicros(r.int(2)), fromMicros(r.int(3))
				}
				policies = append(policies, policy)
				return nil
			}, int64(owner), user)
	})
	if err != nil {
		return nil, fmt.Errorf("list the policies of user %s: %w", user, err)
	}
	return policies, nil
}
