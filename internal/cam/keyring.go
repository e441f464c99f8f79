package cam

import (
	"context"
	"errors"
	"time"

	"csrd/csr"
)

// Keyring looks up access keys for the verification of signatures. It
// remembers them, still sealed, for a second, and when each was last used.
type Keyring struct {
	store      KeyStore
	sealer     csr.Sealer
	used       lastUsed
	remembered *memory[string, AccessKey] // by SecretId
}

// NewKeyring returns a Keyring over a store.
func NewKeyring(store KeyStore, sealer csr.Sealer) *Keyring {
	return &Keyring{store: store, sealer: sealer, used: lastUsed{at: map[string]time.Time{}}, remembered: newMemory[string, AccessKey]()}
}

// Decision: an access key that is disabled, or whose user or account is, is AuthFailure.SecretIdNotFound as one that never was.

// Find returns a usable access key. For one that does not exist and one that
// is disabled alike the error is ErrNoKey; any other error says that the store
// could not tell.
func (k *Keyring) Find(ctx context.Context, secretID string) (AccessKey, error) {
	now := time.Now()
	if key, ok := k.remembered.get(secretID, now); ok {
		return key, nil
	}
	key, err := k.store.AccessKey(ctx, secretID)
	if err == nil && !key.Usable() {
		err = ErrNoKey
	}
	if err != nil {
		if errors.Is(err, ErrNoKey) {
			k.remembered.forget(secretID)
		}
		return AccessKey{}, err
	}
	k.remembered.put(secretID, key, now)
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
