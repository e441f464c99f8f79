package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"csrd/internal/durable"
)

// MasterKey is a [KEK] whose bytes csrd holds.
type MasterKey struct {
	key
}

var _ KEK = (*MasterKey)(nil)

// ID implements [KEK]: it is derived from the key's bytes.
func (m *MasterKey) ID() KeyID { return m.id }

// Wrap implements [KEK].
func (m *MasterKey) Wrap(_ context.Context, plain, associatedData []byte) ([]byte, error) {
	return m.aead.Encrypt(plain, associatedData)
}

// Unwrap implements [KEK].
func (m *MasterKey) Unwrap(_ context.Context, wrapped, associatedData []byte) ([]byte, error) {
	plain, err := m.aead.Decrypt(wrapped, associatedData)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// ParseMasterKey reads a master key of 32 bytes in base64. The error does not
// show the text.
func ParseMasterKey(text []byte) (*MasterKey, error) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	defer clear(raw)
	n, err := base64.StdEncoding.Decode(raw, bytes.TrimSpace(text))
	if err != nil || n != keySize {
		return nil, errors.New("a master key is 32 bytes in base64, as `openssl rand -base64 32` prints them; this is not")
	}
	sum := sha256.Sum256(append([]byte("csrd master key id\x00"), raw[:n]...))
	k, err := newKey(KeyID(sum[:len(KeyID{})]), raw[:n])
	if err != nil {
		return nil, err
	}
	return &MasterKey{k}, nil
}

// ReadMasterKey reads a master key from a file that only its owner can read.
// Where there is no such file, the error is fs.ErrNotExist.
func ReadMasterKey(path string) (*MasterKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("master key: %s is not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("master key: others than its owner may use %s (mode %04o): run `chmod 600 %s`", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("master key: %w: the user csrd runs as must be able to read it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	defer clear(text)
	key, err := ParseMasterKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// CreateMasterKey makes a master key and writes it to a file of mode 0600
// that does not exist yet. When it returns, the file and its folder are synced.
func CreateMasterKey(path string) (*MasterKey, error) {
	raw := make([]byte, keySize)
	defer clear(raw)
	rand.Read(raw)
	text := append(base64.StdEncoding.AppendEncode(nil, raw), '\n')
	defer clear(text)
	if err := durable.CreateFile(path, text); err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return ParseMasterKey(text)
}
