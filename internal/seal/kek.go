package seal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"csrd/csr"
)

// KEK is a key that wraps data keys: a [MasterKey], whose bytes csrd holds, or
// one that never leaves a key service. It is safe for concurrent use.
type KEK interface {
	// ID names the key, for as long as it lives. It may be shown.
	ID() KeyID

	// Wrap encrypts a data key, bound to associated data.
	Wrap(ctx context.Context, plain, associatedData []byte) ([]byte, error)

	// Unwrap decrypts what Wrap returned for the same associated data; the
	// caller overwrites it. The error is ErrSealed where it does not open, and
	// an *AwayError where the key cannot be asked, which is told in bounded time.
	Unwrap(ctx context.Context, wrapped, associatedData []byte) ([]byte, error)
}

// AwayError says that a KEK cannot be asked now. It is a [csr.ErrUnavailable].
type AwayError struct {
	Key   KeyID
	Cause error
}

func (e *AwayError) Error() string {
	return fmt.Sprintf("the master key %s cannot be asked: %v", e.Key, e.Cause)
}

func (e *AwayError) Unwrap() []error { return []error{csr.ErrUnavailable, e.Cause} }

// MissingKeyError says that the store needs a KEK that was not given. It is a
// [csr.ErrUnavailable]: with the key given, the same request succeeds.
type MissingKeyError struct {
	Want KeyID
	Have []KeyID
}

func (e *MissingKeyError) Error() string {
	have := make([]string, len(e.Have))
	for i, id := range e.Have {
		have[i] = id.String()
	}
	return fmt.Sprintf("the store needs the master key %s, and given is %s", e.Want, strings.Join(have, " and "))
}

func (e *MissingKeyError) Unwrap() error { return csr.ErrUnavailable }

// MasterKeys are the KEKs that a process was given: one, or two while it is
// rotated. They may change while it runs.
type MasterKeys struct {
	mu  sync.RWMutex
	all []KEK // the current one first
}

// NewMasterKeys returns a set of KEKs. Which of them wraps new data keys says
// the store; a store that has nothing sealed takes the current one.
func NewMasterKeys(current KEK, others ...KEK) *MasterKeys {
	m := &MasterKeys{}
	m.Replace(current, others...)
	return m
}

// Replace gives the set other KEKs.
func (m *MasterKeys) Replace(current KEK, others ...KEK) {
	all := []KEK{current}
	for _, k := range others {
		if !slices.ContainsFunc(all, func(a KEK) bool { return a.ID() == k.ID() }) {
			all = append(all, k)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = all
}

// All returns the KEKs, the current one first.
func (m *MasterKeys) All() []KEK {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.all)
}

// IDs returns the ids of the KEKs, the current one's first.
func (m *MasterKeys) IDs() []KeyID {
	var ids []KeyID
	for _, k := range m.All() {
		ids = append(ids, k.ID())
	}
	return ids
}

// Find returns a KEK, or a *MissingKeyError.
func (m *MasterKeys) Find(id KeyID) (KEK, error) {
	for _, k := range m.All() {
		if k.ID() == id {
			return k, nil
		}
	}
	return nil, &MissingKeyError{Want: id, Have: m.IDs()}
}

// wrap wraps a data key with a KEK.
func wrap(ctx context.Context, kek KEK, owner csr.Owner, id KeyID, raw []byte) (DataKey, error) {
	wrapped, err := kek.Wrap(ctx, raw, associatedData(purposeDataKey, owner, id.String()))
	if err != nil {
		return DataKey{}, fmt.Errorf("wrap a data key: %w", err)
	}
	return DataKey{owner, id, withHeader(kek.ID(), wrapped)}, nil
}

// unwrap returns the bytes of a data key, which the caller overwrites.
func (m *MasterKeys) unwrap(ctx context.Context, k DataKey) ([]byte, error) {
	under, err := k.KEK()
	if err != nil {
		return nil, err
	}
	kek, err := m.Find(under)
	if err != nil {
		return nil, err
	}
	raw, err := kek.Unwrap(ctx, k.Wrapped[headerSize:], associatedData(purposeDataKey, k.Owner, k.ID.String()))
	if err == nil && len(raw) != keySize {
		clear(raw)
		err = fmt.Errorf("%w: it is no key", ErrSealed)
	}
	if err != nil {
		return nil, fmt.Errorf("data key %s of %s: %w", k.ID, k.Owner, err)
	}
	return raw, nil
}

// Probe fails unless a KEK wraps and unwraps.
func Probe(ctx context.Context, kek KEK) error {
	plain, bound := make([]byte, keySize), []byte("csrd probe")
	wrapped, err := kek.Wrap(ctx, plain, bound)
	if err != nil {
		return err
	}
	raw, err := kek.Unwrap(ctx, wrapped, bound)
	if err != nil {
		return err
	}
	if string(raw) != string(plain) {
		return errors.New("the master key does not unwrap what it wrapped")
	}
	if _, err := kek.Unwrap(ctx, wrapped, []byte("csrd probe of another")); err == nil {
		return errors.New("the master key does not bind associated data: a data key could be moved to another account")
	}
	return nil
}

// ServiceKeyID is the id of a key that a key service keeps, by the service's
// kind and what the key is called there.
func ServiceKeyID(kind, name string) KeyID {
	sum := sha256.Sum256(fmt.Appendf(nil, "csrd key service\x00%s\x00%s", kind, name))
	return KeyID(sum[:len(KeyID{})])
}
