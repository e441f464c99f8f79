package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/seal"
)

// Sealer is a csr.Sealer for tests that are not about sealing: it puts before a
// secret what it is bound to, and hides nothing.
type Sealer struct{}

func (Sealer) bound(purpose csr.Purpose, owner csr.Owner, id string) []byte {
	return fmt.Appendf(nil, "%s of %s %s: ", purpose, owner, id)
}

// Seal implements [csr.Sealer].
func (s Sealer) Seal(_ context.Context, purpose csr.Purpose, owner csr.Owner, id string, secret csr.Plain) (csr.Sealed, error) {
	return append(s.bound(purpose, owner, id), secret...), nil
}

// Open implements [csr.Sealer].
func (s Sealer) Open(_ context.Context, purpose csr.Purpose, owner csr.Owner, id string, sealed csr.Sealed) (csr.Plain, error) {
	secret, ok := bytes.CutPrefix(sealed, s.bound(purpose, owner, id))
	if !ok {
		return nil, errors.New("the secret does not open")
	}
	return bytes.Clone(secret), nil
}

// Entry is the pending entry of the tests.
func Entry() audit.Entry {
	return audit.Entry{
		Time: start, RequestID: "00000000-0000-4000-8000-000000000001", Action: "ssl:CreateCSR", Outcome: audit.OK,
		Actor: audit.Actor{Kind: audit.Caller, User: "ann", SecretID: "AKIDann", Address: "192.0.2.1"},
	}
}

// Record returns a context in which a store makes changes: they are recorded.
func Record(ctx context.Context, s audit.KeyStore) context.Context {
	return audit.With(ctx, audit.NewPending(audit.NewKeys(s, Sealer{}), Entry(), nil))
}

// recorded is a store that records the changes of those tests that do not say
// what is to be recorded of them.
type recorded struct {
	Store
}

func recording(open Open) Open {
	return func(t *testing.T, dir string) Store { return recorded{open(t, dir)} }
}

func (r recorded) record(ctx context.Context) context.Context {
	if _, err := audit.From(ctx); err == nil {
		return ctx
	}
	return Record(ctx, r.Store)
}

func (r recorded) Create(ctx context.Context, c *csr.CSR) error {
	return r.Store.Create(r.record(ctx), c)
}

func (r recorded) CreateOnce(ctx context.Context, c *csr.CSR) error {
	return r.Store.CreateOnce(r.record(ctx), c)
}

func (r recorded) Update(ctx context.Context, c *csr.CSR) error {
	return r.Store.Update(r.record(ctx), c)
}

func (r recorded) AddKey(ctx context.Context, owner csr.Owner, id int64, key, password csr.Sealed) error {
	return r.Store.AddKey(r.record(ctx), owner, id, key, password)
}

func (r recorded) Delete(ctx context.Context, owner csr.Owner, ids []int64, at time.Time, retain bool) ([]int64, error) {
	return r.Store.Delete(r.record(ctx), owner, ids, at, retain)
}

func (r recorded) Restore(ctx context.Context, owner csr.Owner, id int64) error {
	return r.Store.Restore(r.record(ctx), owner, id)
}

func (r recorded) Purge(ctx context.Context, before time.Time, limit int64) (int64, error) {
	return r.Store.Purge(r.record(ctx), before, limit)
}

func (r recorded) CreateFirstAccount(ctx context.Context, account cam.Account, key cam.AccessKey) error {
	return r.Store.CreateFirstAccount(r.record(ctx), account, key)
}

func (r recorded) CreateAccount(ctx context.Context, account cam.Account, key cam.AccessKey) error {
	return r.Store.CreateAccount(r.record(ctx), account, key)
}

func (r recorded) BeginRotation(ctx context.Context, from, to seal.KeyID, since, now time.Time) error {
	return r.Store.BeginRotation(r.record(ctx), from, to, since, now)
}

func (r recorded) EndRotation(ctx context.Context, from, to seal.KeyID, now time.Time) error {
	return r.Store.EndRotation(r.record(ctx), from, to, now)
}

func (r recorded) EnableAccount(ctx context.Context, owner csr.Owner, enabled bool) error {
	return r.Store.EnableAccount(r.record(ctx), owner, enabled)
}

func (r recorded) DeleteAccount(ctx context.Context, owner csr.Owner, force bool) error {
	return r.Store.DeleteAccount(r.record(ctx), owner, force)
}

func (r recorded) CreateUser(ctx context.Context, user cam.User) error {
	return r.Store.CreateUser(r.record(ctx), user)
}

func (r recorded) EnableUser(ctx context.Context, owner csr.Owner, name string, enabled bool) error {
	return r.Store.EnableUser(r.record(ctx), owner, name, enabled)
}

func (r recorded) RevokeTokens(ctx context.Context, owner csr.Owner, name string, before time.Time) error {
	return r.Store.RevokeTokens(r.record(ctx), owner, name, before)
}

func (r recorded) DeleteUser(ctx context.Context, owner csr.Owner, name string, force bool) error {
	return r.Store.DeleteUser(r.record(ctx), owner, name, force)
}

func (r recorded) CreateKey(ctx context.Context, key cam.AccessKey) error {
	return r.Store.CreateKey(r.record(ctx), key)
}

func (r recorded) EnableKey(ctx context.Context, secretID string, enabled bool) error {
	return r.Store.EnableKey(r.record(ctx), secretID, enabled)
}

func (r recorded) DeleteKey(ctx context.Context, secretID string, force bool) error {
	return r.Store.DeleteKey(r.record(ctx), secretID, force)
}

func (r recorded) CreatePolicy(ctx context.Context, policy cam.Policy) error {
	return r.Store.CreatePolicy(r.record(ctx), policy)
}

func (r recorded) ReplacePolicy(ctx context.Context, policy cam.Policy) error {
	return r.Store.ReplacePolicy(r.record(ctx), policy)
}

func (r recorded) DeletePolicy(ctx context.Context, owner csr.Owner, name string) error {
	return r.Store.DeletePolicy(r.record(ctx), owner, name)
}

func (r recorded) Attach(ctx context.Context, owner csr.Owner, a cam.Attachment) error {
	return r.Store.Attach(r.record(ctx), owner, a)
}

func (r recorded) Detach(ctx context.Context, owner csr.Owner, user, policy string) error {
	return r.Store.Detach(r.record(ctx), owner, user, policy)
}
