package cam_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

// What these tests are about: one account with one access key.
const (
	owner     csr.Owner  = 100000000001
	secretID             = "AKIDexample"
	secretKey csr.Secret = "SKexample0123456789"
)

var (
	errStore = errors.New("the store is away")
	errSeal  = errors.New("the secret does not open")
	start    = time.Date(2026, 11, 23, 9, 48, 47, 0, time.UTC)
)

// store is a cam.Store in memory. An error that is set is what its methods
// return.
type store struct {
	cam.Store // what is not used here

	mu       sync.Mutex
	accounts []cam.Account
	keys     map[string]cam.AccessKey
	lookups  int // calls of AccessKey
	listErr  error
	findErr  error
	makeErr  error

	disabledUser, disabledOwner bool // of every key
	used                        map[string]time.Time
	useErr                      error
}

func (s *store) Accounts(context.Context) ([]cam.Account, error) { return s.accounts, s.listErr }

func (s *store) CreateAccount(_ context.Context, account cam.Account, key cam.AccessKey) error {
	if s.makeErr != nil {
		return s.makeErr
	}
	s.accounts = append(s.accounts, account)
	s.set(key)
	return nil
}

func (s *store) AccessKey(_ context.Context, secretID string) (cam.AccessKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookups++
	if s.findErr != nil {
		return cam.AccessKey{}, s.findErr
	}
	key, ok := s.keys[secretID]
	if !ok {
		return cam.AccessKey{}, fmt.Errorf("look up: %w", cam.ErrNoKey)
	}
	key.UserEnabled, key.OwnerEnabled = !s.disabledUser, !s.disabledOwner
	return key, nil
}

func (s *store) SetLastUsed(_ context.Context, at map[string]time.Time) error {
	if s.useErr != nil {
		return s.useErr
	}
	s.used = at
	return nil
}

func (s *store) set(key cam.AccessKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string]cam.AccessKey{}
	}
	s.keys[key.SecretID] = key
}

// sealer is a csr.Sealer that keeps the secrets itself: what it gives out is
// only where they are.
type sealer struct {
	secrets map[string]csr.Secret
	err     error
}

func (s *sealer) place(purpose csr.Purpose, owner csr.Owner, id string) string {
	return fmt.Sprintf("%s of %s %s", purpose, owner, id)
}

func (s *sealer) Seal(_ context.Context, purpose csr.Purpose, owner csr.Owner, id string, secret csr.Plain) (csr.Sealed, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.secrets == nil {
		s.secrets = map[string]csr.Secret{}
	}
	place := s.place(purpose, owner, id)
	s.secrets[place] = csr.Secret(secret)
	return csr.Sealed(place), nil
}

func (s *sealer) Open(_ context.Context, purpose csr.Purpose, owner csr.Owner, id string, sealed csr.Sealed) (csr.Plain, error) {
	if s.err != nil {
		return nil, s.err
	}
	secret, ok := s.secrets[string(sealed)]
	if !ok || string(sealed) != s.place(purpose, owner, id) {
		return nil, errSeal
	}
	return csr.Plain(secret), nil
}

// withRoot returns a store that CreateRoot gave its one account.
func withRoot(t *testing.T) (*store, *sealer) {
	t.Helper()
	s, seals := &store{}, &sealer{}
	root := cam.Root{Owner: owner, SecretID: secretID, SecretKey: secretKey}
	if err := cam.CreateRoot(t.Context(), s, seals, root, start); err != nil {
		t.Fatal(err)
	}
	return s, seals
}

// enable enables the access key, or disables it.
func (s *store) enable(enabled bool) {
	key := s.keys[secretID]
	key.Enabled = enabled
	s.set(key)
}
