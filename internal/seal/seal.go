// Package seal encrypts secrets at rest. A master key (KEK) wraps data keys
// (DEK), one or more for each owner; data keys seal private keys, passwords
// and SecretKeys with AES-256-GCM.
package seal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"csrd/csr"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
)

// A sealed secret, and a wrapped data key alike, is
//
//	format | key id | nonce | ciphertext | tag
//	     1 |      8 |    12 |            |  16   bytes
//
// The key id names the data key (of a wrapped data key: the master key), so
// that keys can be replaced one by one. Bound in as associated data are the
// format, the purpose, the owner and the id.
const (
	formatV1   = 1
	headerSize = 1 + len(KeyID{})
	keySize    = 32
)

// purposeDataKey is the purpose of a wrapped data key; its id is the key's own.
const purposeDataKey csr.Purpose = "data-key"

// ErrSealed says that a secret does not open: it was sealed for another
// purpose, owner or id, under another key, or was altered.
var ErrSealed = errors.New("the sealed secret does not open")

// KeyID names a key. It reveals nothing of the key.
type KeyID [8]byte

// String returns the id in hexadecimal.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// DataKey is a wrapped data key as a store keeps it.
type DataKey struct {
	Owner   csr.Owner
	ID      KeyID
	Wrapped []byte
}

// KeyStore keeps wrapped data keys.
type KeyStore interface {
	// DataKeys returns the data keys of an owner, the newest first.
	DataKeys(ctx context.Context, owner csr.Owner) ([]DataKey, error)
	// AnyDataKey returns some data key of the store; ok is false when it has none.
	AnyDataKey(ctx context.Context) (key DataKey, ok bool, err error)
	// AddDataKey makes a data key durable.
	AddDataKey(ctx context.Context, key DataKey) error
}

// key is a key that is ready for use.
type key struct {
	id   KeyID
	aead *subtle.AESGCM
}

func newKey(id KeyID, raw []byte) (key, error) {
	aead, err := subtle.NewAESGCM(raw)
	if err != nil {
		return key{}, fmt.Errorf("seal: %w", err)
	}
	return key{id, aead}, nil
}

func associatedData(purpose csr.Purpose, owner csr.Owner, id string) []byte {
	return fmt.Appendf(nil, "csrd sealed v%d\x00%s\x00%s\x00%s", formatV1, purpose, owner, id)
}

func (k key) seal(purpose csr.Purpose, owner csr.Owner, id string, plain []byte) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, associatedData(purpose, owner, id))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append(append([]byte{formatV1}, k.id[:]...), sealed...), nil
}

func (k key) open(purpose csr.Purpose, owner csr.Owner, id string, sealed []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed[headerSize:], associatedData(purpose, owner, id))
	if err != nil {
		return nil, fmt.Errorf("%w: %s of %s %s", ErrSealed, purpose, owner, id)
	}
	return plain, nil
}

// keyIDOf reads which key sealed a secret.
func keyIDOf(sealed []byte) (KeyID, error) {
	if len(sealed) < headerSize {
		return KeyID{}, fmt.Errorf("%w: it is cut short", ErrSealed)
	}
	if sealed[0] != formatV1 {
		return KeyID{}, fmt.Errorf("%w: its format is %d, this csrd knows %d", ErrSealed, sealed[0], formatV1)
	}
	return KeyID(sealed[1:headerSize]), nil
}

// maxOwners bounds how many owners' keys a Sealer holds ready.
const maxOwners = 4096

// Sealer seals with the data keys of a store. It is a [csr.Sealer], safe for
// concurrent use.
type Sealer struct {
	master *MasterKey
	store  KeyStore

	mu      sync.Mutex
	byOwner map[csr.Owner][]key // newest first
}

var _ csr.Sealer = (*Sealer)(nil)

// New returns a Sealer. It fails when the master key is not the one that the
// store's data keys are wrapped with.
func New(ctx context.Context, master *MasterKey, store KeyStore) (*Sealer, error) {
	some, ok, err := store.AnyDataKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the data keys: %w", err)
	}
	s := &Sealer{master: master, store: store, byOwner: map[csr.Owner][]key{}}
	if ok {
		if _, err := s.unwrap(some); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// WrongMasterKeyError says that a data key is wrapped with another master key.
type WrongMasterKeyError struct {
	Have, Want KeyID
}

func (e *WrongMasterKeyError) Error() string {
	return fmt.Sprintf("the store's secrets are sealed under the master key %s, and this is %s", e.Want, e.Have)
}

func (s *Sealer) unwrap(wrapped DataKey) (key, error) {
	under, err := keyIDOf(wrapped.Wrapped)
	if err != nil {
		return key{}, fmt.Errorf("data key %s: %w", wrapped.ID, err)
	}
	if under != s.master.id {
		return key{}, &WrongMasterKeyError{Have: s.master.id, Want: under}
	}
	raw, err := s.master.open(purposeDataKey, wrapped.Owner, wrapped.ID.String(), wrapped.Wrapped)
	if err != nil {
		return key{}, err
	}
	defer clear(raw)
	return newKey(wrapped.ID, raw)
}

// Seal implements [csr.Sealer]. The first secret of an owner makes its data key.
func (s *Sealer) Seal(ctx context.Context, purpose csr.Purpose, owner csr.Owner, id string, secret csr.Plain) (csr.Sealed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.keys(ctx, owner)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		made, err := s.makeKey(ctx, owner)
		if err != nil {
			return nil, err
		}
		keys = []key{made}
		s.byOwner[owner] = keys
	}
	return keys[0].seal(purpose, owner, id, secret)
}

// Open implements [csr.Sealer].
func (s *Sealer) Open(ctx context.Context, purpose csr.Purpose, owner csr.Owner, id string, sealed csr.Sealed) (csr.Plain, error) {
	keyID, err := keyIDOf(sealed)
	if err != nil {
		return nil, err
	}
	k, err := s.find(ctx, owner, keyID)
	if err != nil {
		return nil, err
	}
	return k.open(purpose, owner, id, sealed)
}

func (s *Sealer) find(ctx context.Context, owner csr.Owner, id KeyID) (key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 2 {
		keys, err := s.keys(ctx, owner)
		if err != nil {
			return key{}, err
		}
		for _, k := range keys {
			if k.id == id {
				return k, nil
			}
		}
		delete(s.byOwner, owner) // another process may have made it since
	}
	return key{}, fmt.Errorf("%w: the store has no data key %s of %s", ErrSealed, id, owner)
}

// keys returns the data keys of an owner, from memory where they are there.
func (s *Sealer) keys(ctx context.Context, owner csr.Owner) ([]key, error) {
	if keys := s.byOwner[owner]; len(keys) > 0 {
		return keys, nil
	}
	wrapped, err := s.store.DataKeys(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read the data keys: %w", err)
	}
	var keys []key
	for _, w := range wrapped {
		k, err := s.unwrap(w)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if len(s.byOwner) >= maxOwners {
		clear(s.byOwner)
	}
	s.byOwner[owner] = keys
	return keys, nil
}

// makeKey makes a data key and has the store keep it before it is used.
func (s *Sealer) makeKey(ctx context.Context, owner csr.Owner) (key, error) {
	var id KeyID
	raw := make([]byte, keySize)
	defer clear(raw)
	rand.Read(id[:])
	rand.Read(raw)
	wrapped, err := s.master.seal(purposeDataKey, owner, id.String(), raw)
	if err != nil {
		return key{}, err
	}
	if err := s.store.AddDataKey(ctx, DataKey{owner, id, wrapped}); err != nil {
		return key{}, fmt.Errorf("keep the data key: %w", err)
	}
	return newKey(id, raw)
}
