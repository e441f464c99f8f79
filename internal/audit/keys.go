package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"csrd/csr"
)

// maxKeys is how many audit keys are remembered at most.
const maxKeys = 4096

// Keys opens the audit keys of accounts, and makes those that are not there
// yet. It remembers them: the key of a chain never changes.
type Keys struct {
	store  KeyStore
	sealer csr.Sealer

	mu    sync.Mutex
	known map[csr.Owner]Key
}

// NewKeys returns the Keys of a store.
func NewKeys(store KeyStore, sealer csr.Sealer) *Keys {
	return &Keys{store: store, sealer: sealer, known: map[csr.Owner]Key{}}
}

// Find returns the audit key of a chain, or ErrNoChain.
func (k *Keys) Find(ctx context.Context, owner csr.Owner) (Key, error) {
	if key, ok := k.remembered(owner); ok {
		return key, nil
	}
	sealed, err := k.store.AuditKey(ctx, owner)
	if err != nil {
		return Key{}, err
	}
	secret, err := k.sealer.Open(ctx, PurposeKey, owner, keyID, sealed)
	if err != nil {
		return Key{}, fmt.Errorf("open the audit key of account %s: %w", owner, err)
	}
	key := Key{owner: owner, secret: secret}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= maxKeys {
		clear(k.known) // not overwritten: somebody may be signing with one
	}
	k.known[owner] = key
	return key, nil
}

func (k *Keys) remembered(owner csr.Owner) (Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.known[owner]
	return key, ok
}

// Key returns the audit key of a chain; for one that is still to begin a new
// one, which the first entry is stored with. It must not be called in a
// transaction that writes.
func (k *Keys) Key(ctx context.Context, owner csr.Owner) (Key, error) {
	key, err := k.Find(ctx, owner)
	if !errors.Is(err, ErrNoChain) {
		return key, err
	}
	key = newKey(owner)
	if key.made, err = k.sealer.Seal(ctx, PurposeKey, owner, keyID, key.secret); err != nil {
		return Key{}, fmt.Errorf("seal the audit key of account %s: %w", owner, err)
	}
	return key, nil
}
