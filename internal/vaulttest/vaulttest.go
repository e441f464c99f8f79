// Package vaulttest is a fake of the part of Vault's HTTP API that csrd uses,
// for tests: encrypting and decrypting with keys of the transit engine, as its
// API documentation says. It was not compared with a real Vault.
package vaulttest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Token is the token that a new Vault takes.
const Token = "hvs.the-token-of-the-fake"

// Vault is a fake Vault with a transit engine at /v1/transit/. As in the real
// one, a key is made when something is first encrypted with it.
type Vault struct {
	mu    sync.Mutex
	token string
	keys  map[string]*transitKey
	calls int
	down  int             // status to answer with; 0: it works
	hold  <-chan struct{} // nothing is answered before it is closed
}

// transitKey has a version for each time it was rotated.
type transitKey struct {
	versions []cipher.AEAD
	least    int // versions below are not decrypted with
}

// New returns a Vault that takes Token.
func New() *Vault { return &Vault{token: Token, keys: map[string]*transitKey{}} }

// SetToken has it take another token alone.
func (v *Vault) SetToken(token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token = token
}

// Fail has it answer everything with a status, as 503 when it is sealed; 0
// has it work again.
func (v *Vault) Fail(status int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.down = status
}

// Hold has it answer nothing before the channel is closed.
func (v *Vault) Hold(until <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hold = until
}

// Rotate adds a version to a key, and refuses versions below least.
func (v *Vault) Rotate(name string, least int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := v.keys[name]
	key.versions, key.least = append(key.versions, newVersion()), least
}

// Calls is how often it was asked.
func (v *Vault) Calls() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls
}

func newVersion() cipher.AEAD {
	raw := make([]byte, 32)
	rand.Read(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// ServeHTTP answers as Vault does.
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Plaintext      string `json:"plaintext"`
		Ciphertext     string `json:"ciphertext"`
		AssociatedData string `json:"associated_data"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &request)
	}
	v.mu.Lock()
	hold := v.hold
	v.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch {
	case v.down != 0:
		answer(w, v.down, "errors", []string{"Vault is sealed"})
	case r.Header.Get("X-Vault-Token") != v.token:
		answer(w, http.StatusForbidden, "errors", []string{"permission denied"})
	case r.Method != http.MethodPut && r.Method != http.MethodPost, len(parts) != 3 || parts[0] != "transit":
		answer(w, http.StatusNotFound, "errors", []string{"no handler for route"})
	case err != nil:
		answer(w, http.StatusBadRequest, "errors", []string{"failed to parse JSON input"})
	default:
		bound, _ := base64.StdEncoding.DecodeString(request.AssociatedData)
		var text string
		if parts[1] == "encrypt" {
			text, err = v.encrypt(parts[2], request.Plaintext, bound)
			parts[1] = "ciphertext"
		} else {
			text, err = v.decrypt(parts[2], request.Ciphertext, bound)
			parts[1] = "plaintext"
		}
		if err != nil {
			answer(w, http.StatusBadRequest, "errors", []string{err.Error()})
			return
		}
		answer(w, http.StatusOK, "data", map[string]string{parts[1]: text})
	}
}

func answer(w http.ResponseWriter, status int, name string, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{name: value})
}

func (v *Vault) encrypt(name, plaintext string, bound []byte) (string, error) {
	plain, err := base64.StdEncoding.DecodeString(plaintext)
	if err != nil {
		return "", fmt.Errorf("failed to base64-decode plaintext")
	}
	key := v.keys[name]
	if key == nil {
		key = &transitKey{versions: []cipher.AEAD{newVersion()}, least: 1}
		v.keys[name] = key
	}
	sealed := key.versions[len(key.versions)-1].Seal(nil, nil, plain, bound)
	return fmt.Sprintf("vault:v%d:%s", len(key.versions), base64.StdEncoding.EncodeToString(sealed)), nil
}

func (v *Vault) decrypt(name, ciphertext string, bound []byte) (string, error) {
	key := v.keys[name]
	if key == nil {
		return "", fmt.Errorf("encryption key not found")
	}
	rest, ok := strings.CutPrefix(ciphertext, "vault:v")
	number, text, _ := strings.Cut(rest, ":")
	version, err := strconv.Atoi(number)
	if !ok || err != nil || version < 1 || version > len(key.versions) {
		return "", fmt.Errorf("invalid ciphertext: no prefix")
	}
	if version < key.least {
		return "", fmt.Errorf("ciphertext or signature version is disallowed by policy (too old)")
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("invalid ciphertext: could not decode base64")
	}
	plain, err := key.versions[version-1].Open(nil, nil, sealed, bound)
	if err != nil {
		return "", fmt.Errorf("cipher: message authentication failed")
	}
	return base64.StdEncoding.EncodeToString(plain), nil
}
