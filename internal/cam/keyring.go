package cam

import (
	"context"
	"errors"
	"sync"
	"time"

	"csrd/csr"
)

// How long and how many access keys a Keyring remembers. A key that is
// disabled, or whose user or account is, stops working within freshFor.
const (
	freshFor      = time.Second
	maxRemembered = 4096
)

// Keyring looks up access keys for the verification of signatures. It
// remembers them, still sealed, for a second, and when each was last used.
type Keyring struct {
	store  KeyStore
	sealer csr.Sealer
	used   lastUsed

	mu         sync.Mutex
	remembered map[string]remembered
}

type remembered struct {
	key   AccessKey
	until time.Time
}

// NewKeyring returns a Keyring over a store.
func NewKeyring(store KeyStore, sealer csr.Sealer) *Keyring {
	return &Keyring{store: store, sealer: sealer, used: lastUsed{at: map[string]time.Time{}}, remembered: map[string]remembered{}}
}

// Decision: an access key that is disabled, or whose user or account is, is AuthFailure.SecretIdNotFound as one that never was.

// Find returns a usable access key. For one that does not exist and one that
// is disabled alike the error is ErrNoKey; any other error says that the store
// could not tell.
func (k *Keyring) Find(ctx context.Context, secretID string) (AccessKey, error) {
	now := time.Now()
	k.mu.Lock()
	known, ok := k.remembered[secretID]
	k.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.key, nil
	}
	key, err := k.store.AccessKey(ctx, secretID)
	if err == nil && !key.Usable() {
		err = ErrNoKey
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		if errors.Is(err, ErrNoKey) {
			delete(k.remembered, secretID)
		}
		return AccessKey{}, err
	}
	if len(k.remembered) >= maxRemembered {
		clear(k.remembered)
	}
	k.remembered[secretID] = remembered{key, now.Add(freshFor)}
	return key, nil
}

// Secret opens the SecretKey of an access key.
func (k *Keyring) Secret(ctx context.Context, key AccessKey) (csr.Secret, error) {
	if key.Temporary != "" {
		return key.Temporary, nil
	}
	secret, err := k.sealer.Open(ctx, PurposeSecretKey, key.Owner, key.SecretID, key.SecretKey)
	defer clear(secret)
	return csr.Secret(secret), err
}
