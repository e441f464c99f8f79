// Package seal encrypts secrets at rest. A master key (KEK) wraps data keys
// (DEK), one or more for each owner; data keys seal private keys, passwords
// and SecretKeys with AES-256-GCM. The KEK can be rotated.
package seal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"csrd/csr"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"golang.org/x/sync/singleflight"
)

// A sealed secret is
//
//	format | key id | nonce | ciphertext | tag
//	     1 |      8 |    12 |            |  16   bytes
//
// and a wrapped data key
//
//	format | KEK id | what the KEK made of it
//	     1 |      8 |                          bytes
//
// where a [MasterKey] makes nonce, ciphertext and tag. The ids name the keys, so
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

// ParseKeyID parses an id in hexadecimal.
func ParseKeyID(text string) (KeyID, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(KeyID{}) {
		return KeyID{}, fmt.Errorf("%q is not the id of a key", text)
	}
	return KeyID(b), nil
}

// DataKey is a wrapped data key as a store keeps it.
type DataKey struct {
	Owner   csr.Owner
	ID      KeyID
	Wrapped []byte
}

// KEK tells which KEK wraps the data key.
func (k DataKey) KEK() (KeyID, error) {
	id, err := keyIDOf(k.Wrapped)
	if err != nil {
		return id, fmt.Errorf("data key %s: %w", k.ID, err)
	}
	return id, nil
}

// Payload is what the KEK made of the data key, without the header before it.
func (k DataKey) Payload() []byte { return k.Wrapped[min(headerSize, len(k.Wrapped)):] }

// KeyStore keeps wrapped data keys.
type KeyStore interface {
	// DataKeys returns the data keys of an owner, the newest first.
	DataKeys(ctx context.Context, owner csr.Owner) ([]DataKey, error)
	// AnyDataKey returns some data key of the store; ok is false when it has none.
	AnyDataKey(ctx context.Context) (key DataKey, ok bool, err error)
	// AddDataKey makes a data key durable. Where another KEK than the one that
	// wraps it is for new data keys, the error is ErrKEKChanged. The first one
	// of a store decides which that is.
	AddDataKey(ctx context.Context, key DataKey) error
	// Rotation tells which KEK is for new data keys.
	Rotation(ctx context.Context) (Rotation, error)
	// UsesKEK reports whether a KEK wraps any data key.
	UsesKEK(ctx context.Context, id KeyID) (bool, error)
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

func withHeader(id KeyID, sealed []byte) []byte {
	return append(append([]byte{formatV1}, id[:]...), sealed...)
}

func (k key) seal(purpose csr.Purpose, owner csr.Owner, id string, plain []byte) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, associatedData(purpose, owner, id))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return withHeader(k.id, sealed), nil
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

const (
	// maxOwners bounds how many owners' keys a Sealer holds ready.
	maxOwners = 4096
	// fetchTimeout bounds the time in which an owner's keys are read and
	// unwrapped. It runs on when a caller gives up, for the others that wait.
	fetchTimeout = 15 * time.Second
	// kekChanges bounds how often a data key is wrapped anew because the KEK
	// changed meanwhile.
	kekChanges = 5
)

// Sealer seals with the data keys of a store. It is a [csr.Sealer], safe for
// concurrent use. A KEK is asked once for each data key, and who seals or opens
// for one owner waits for no other's.
type Sealer struct {
	keks    *MasterKeys
	store   KeyStore
	fetches singleflight.Group // by owner

	mu      sync.Mutex
	byOwner map[csr.Owner][]key // newest first; never empty
}

var _ csr.Sealer = (*Sealer)(nil)

// New returns a Sealer that has passed its Check.
func New(ctx context.Context, keks *MasterKeys, store KeyStore) (*Sealer, error) {
	s := &Sealer{keks: keks, store: store, byOwner: map[csr.Owner][]key{}}
	if err := s.Check(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Check fails unless the master keys are those that the store needs: the one
// for new data keys and, while it is rotated, the old one as long as it wraps
// any. A *MissingKeyError says which is missing.
func (s *Sealer) Check(ctx context.Context) error {
	state, err := s.store.Rotation(ctx)
	if err != nil {
		return fmt.Errorf("read which master key is in use: %w", err)
	}
	needed := []KeyID{state.Active}
	if state.Rotating() {
		used, err := s.store.UsesKEK(ctx, state.Previous)
		if err != nil {
			return fmt.Errorf("read the data keys: %w", err)
		}
		if used {
			needed = append(needed, state.Previous)
		}
	}
	for _, id := range needed {
		if id == (KeyID{}) {
			continue
		}
		if _, err := s.keks.Find(id); err != nil {
			return err
		}
	}
	some, ok, err := s.store.AnyDataKey(ctx)
	if err != nil {
		return fmt.Errorf("read the data keys: %w", err)
	}
	if ok {
		raw, err := s.keks.unwrap(ctx, some)
		clear(raw)
		return err
	}
	return nil
}

// Seal implements [csr.Sealer]. The first secret of an owner makes its data key.
func (s *Sealer) Seal(ctx context.Context, purpose csr.Purpose, owner csr.Owner, id string, secret csr.Plain) (csr.Sealed, error) {
	for {
		keys, err := s.keys(ctx, owner, true)
		if err != nil {
			return nil, err
		}
		if len(keys) > 0 { // none: a fetch that only looked was joined
			return keys[0].seal(purpose, owner, id, secret)
		}
	}
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
	// Another process may have made it since what is in memory was read, and
	// since a fetch that is under way began: the third one began after this call.
	for range 3 {
		keys, err := s.keys(ctx, owner, false)
		if err != nil {
			return key{}, err
		}
		for _, k := range keys {
			if k.id == id {
				return k, nil
			}
		}
		s.mu.Lock()
		delete(s.byOwner, owner)
		s.mu.Unlock()
	}
	return key{}, fmt.Errorf("%w: the store has no data key %s of %s", ErrSealed, id, owner)
}

// keys returns the data keys of an owner, from memory where they are there.
// With create it makes the first, unless a fetch without was joined.
func (s *Sealer) keys(ctx context.Context, owner csr.Owner, create bool) ([]key, error) {
	s.mu.Lock()
	keys := s.byOwner[owner]
	s.mu.Unlock()
	if len(keys) > 0 {
		return keys, nil
	}
	fetched := s.fetches.DoChan(owner.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		return s.fetch(ctx, owner, create)
	})
	select {
	case result := <-fetched:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.([]key), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: read the data keys: %w", csr.ErrUnavailable, ctx.Err())
	}
}

// fetch reads and unwraps the data keys of an owner and keeps them in memory.
// One runs at a time for each owner.
func (s *Sealer) fetch(ctx context.Context, owner csr.Owner, create bool) ([]key, error) {
	s.mu.Lock()
	keys := s.byOwner[owner] // of the fetch before
	s.mu.Unlock()
	if len(keys) > 0 {
		return keys, nil
	}
	wrapped, err := s.store.DataKeys(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read the data keys: %w", err)
	}
	for _, w := range wrapped {
		k, err := s.ready(ctx, w)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 && create {
		made, err := s.makeKey(ctx, owner)
		if err != nil {
			return nil, err
		}
		keys = []key{made}
	}
	if len(keys) > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.byOwner) >= maxOwners {
			clear(s.byOwner)
		}
		s.byOwner[owner] = keys
	}
	return keys, nil
}

func (s *Sealer) ready(ctx context.Context, wrapped DataKey) (key, error) {
	raw, err := s.keks.unwrap(ctx, wrapped)
	if err != nil {
		return key{}, err
	}
	defer clear(raw)
	return newKey(wrapped.ID, raw)
}

// makeKey makes a data key and has the store keep it before it is used.
func (s *Sealer) makeKey(ctx context.Context, owner csr.Owner) (key, error) {
	var id KeyID
	raw := make([]byte, keySize)
	defer clear(raw)
	rand.Read(id[:])
	rand.Read(raw)
	for range kekChanges {
		state, err := s.store.Rotation(ctx)
		if err != nil {
			return key{}, fmt.Errorf("read which master key is in use: %w", err)
		}
		kek := s.keks.All()[0]
		if state.Active != (KeyID{}) {
			if kek, err = s.keks.Find(state.Active); err != nil {
				return key{}, err
			}
		}
		wrapped, err := wrap(ctx, kek, owner, id, raw)
		if err != nil {
			return key{}, err
		}
		err = s.store.AddDataKey(ctx, wrapped)
		if errors.Is(err, ErrKEKChanged) {
			continue
		}
		if err != nil {
			return key{}, fmt.Errorf("keep the data key: %w", err)
		}
		return newKey(id, raw)
	}
	return key{}, fmt.Errorf("%w: %w", csr.ErrUnavailable, ErrKEKChanged)
}
