package seal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"testing"

	"csrd/csr"
	"csrd/internal/seal"
)

// The accounts and purposes of these tests.
const (
	alice csr.Owner = 100000000001
	bob   csr.Owner = 100000000002

	purposeA csr.Purpose = "purpose-a"
	purposeB csr.Purpose = "purpose-b"
)

// keyStore is a seal.KeyStore in memory. An error that is set is what its
// methods return.
type keyStore struct {
	mu       sync.Mutex
	keys     []seal.DataKey // the newest first
	rotation seal.Rotation
	servers  []seal.Server
	reads    int // calls of DataKeys
	readErr  error
	writeErr error
}

func (s *keyStore) DataKeys(_ context.Context, owner csr.Owner) ([]seal.DataKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	var keys []seal.DataKey
	for _, k := range s.keys {
		if k.Owner == owner {
			keys = append(keys, k)
		}
	}
	return keys, s.readErr
}

func (s *keyStore) AnyDataKey(context.Context) (seal.DataKey, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readErr != nil || len(s.keys) == 0 {
		return seal.DataKey{}, false, s.readErr
	}
	return s.keys[0], true, nil
}

func (s *keyStore) AddDataKey(_ context.Context, key seal.DataKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writeErr != nil {
		return s.writeErr
	}
	kek, err := key.KEK()
	if err != nil {
		return err
	}
	if state := s.state(); state.Active == (seal.KeyID{}) {
		s.rotation.Active = kek
	} else if state.Active != kek {
		return seal.ErrKEKChanged
	}
	s.keys = slices.Insert(s.keys, 0, key)
	return nil
}

// state is the rotation; of keys that a test put there the newest one's KEK is
// the one in use.
func (s *keyStore) state() seal.Rotation {
	if s.rotation.Active == (seal.KeyID{}) && len(s.keys) > 0 {
		s.rotation.Active, _ = s.keys[0].KEK() // of an altered one there is none
	}
	return s.rotation
}

func (s *keyStore) Rotation(context.Context) (seal.Rotation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state(), s.readErr
}

func (s *keyStore) UsesKEK(_ context.Context, id seal.KeyID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uses(id), s.readErr
}

func (s *keyStore) uses(id seal.KeyID) bool {
	return slices.ContainsFunc(s.keys, func(k seal.DataKey) bool {
		kek, err := k.KEK()
		return err == nil && kek == id
	})
}

// rawMasterKey is a master key's bytes, made of one byte.
func rawMasterKey(fill byte) []byte { return bytes.Repeat([]byte{fill}, 32) }

func masterKey(t testing.TB, fill byte) *seal.MasterKey {
	t.Helper()
	key, err := seal.ParseMasterKey([]byte(base64.StdEncoding.EncodeToString(rawMasterKey(fill))))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newSealer returns a Sealer under the master key made of ones.
func newSealer(t testing.TB, store seal.KeyStore) *seal.Sealer {
	t.Helper()
	s, err := seal.New(t.Context(), seal.NewMasterKeys(masterKey(t, 1)), store)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSeal(t testing.TB, s *seal.Sealer, purpose csr.Purpose, owner csr.Owner, id string, secret csr.Secret) csr.Sealed {
	t.Helper()
	sealed, err := s.Seal(t.Context(), purpose, owner, id, csr.Plain(secret))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantOpen(t *testing.T, s *seal.Sealer, purpose csr.Purpose, owner csr.Owner, id string, sealed csr.Sealed, want csr.Secret) {
	t.Helper()
	got, err := s.Open(t.Context(), purpose, owner, id, sealed)
	if err != nil {
		t.Errorf("%s of %s %s does not open: %v", purpose, owner, id, err)
	} else if string(got) != string(want) {
		t.Errorf("%s of %s %s opens to %q, want %q", purpose, owner, id, string(got), string(want))
	}
}

// wantHidden fails if an error's text holds a key or a secret in any form.
func wantHidden(t *testing.T, err error, secrets ...[]byte) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, secret := range secrets {
		for _, form := range []string{
			string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret),
			base64.RawURLEncoding.EncodeToString(secret),
		} {
			if strings.Contains(err.Error(), form) {
				t.Errorf("the error %q holds a secret", err)
			}
		}
	}
}
