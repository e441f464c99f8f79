package cam

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"csrd/csr"
)

// Limits of temporary credentials (STS page "GetFederationToken").
const (
	MinTokenTime = time.Minute
	MaxTokenTime = 36 * time.Hour
	maxToken     = 4096 // bytes of the text
)

// PurposeTokenKey is the purpose under which a token key is sealed; the id is
// the key's.
const PurposeTokenKey csr.Purpose = "token-key"

// ErrToken says that a token was not issued here for that SecretId, has
// expired, or that its key or user may not call any more.
var ErrToken = errors.New("no such token")

// TokenKey encrypts the tokens of an account. It is replaced by a new one every
// so often, and destroyed when no token of it can be valid.
type TokenKey struct {
	Owner      csr.Owner
	ID         string // tokenKeyID bytes in hexadecimal
	Key        csr.Sealed
	CreateTime time.Time
}

// How long a token key makes tokens.
const tokenKeyTime = 24 * time.Hour

// TokenStore keeps token keys, and nothing of any token.
type TokenStore interface {
	// NewestTokenKey returns an account's newest token key, or ErrToken.
	NewestTokenKey(ctx context.Context, owner csr.Owner) (TokenKey, error)
	// TokenKey returns a token key, or ErrToken.
	TokenKey(ctx context.Context, owner csr.Owner, id string) (TokenKey, error)
	// AddTokenKey stores a token key and destroys those of the account that were
	// made before a time.
	AddTokenKey(ctx context.Context, key TokenKey, before time.Time) error
}

// A token is, in base64 for URLs,
//
//	format | owner | token key id | nonce | ciphertext | tag
//	     1 |     8 |            8 |    12 |            |  16   bytes
//
// encrypted with AES-256-GCM. Bound in are what stands in the clear and the
// SecretId that goes with it.
const (
	tokenFormat = 1
	tokenKeyID  = 8
	tokenHead   = 1 + 8 + tokenKeyID
)

// grant is what a token says; nothing of it is stored.
type grant struct {
	SecretKey []byte `json:"k"` // of the temporary credential; whoever holds it overwrites it
	Maker     string `json:"m"` // the SecretId of the access key that it was made for
	Issued    int64  `json:"i"` // microseconds since 1970
	Expires   int64  `json:"e"`
	Policy    string `json:"p,omitempty"`
}

// Temporary is a temporary credential as it is issued.
type Temporary struct {
	SecretID  string
	SecretKey csr.Secret
	Token     csr.Secret
	Expires   time.Time
}

// Tokens issues temporary credentials and finds what they allow. It is safe for
// concurrent use.
type Tokens struct {
	store  TokenStore
	sealer csr.Sealer
	keys   *Keyring

	mu    sync.Mutex
	ready map[tokenKeyName]cipher.AEAD
}

type tokenKeyName struct {
	owner csr.Owner
	id    string
}

// maxReady bounds how many token keys Tokens holds ready.
const maxReady = 4096

// NewTokens returns Tokens of a store.
func NewTokens(store TokenStore, sealer csr.Sealer, keys *Keyring) *Tokens {
	return &Tokens{store: store, sealer: sealer, keys: keys, ready: map[tokenKeyName]cipher.AEAD{}}
}

// Issue makes a temporary credential for an access key: it may do what its user
// may and what a policy document allows, which is "" for no other bound, and
// ends with the key, with the user, or after the time given. The policy has
// been checked.
func (t *Tokens) Issue(ctx context.Context, maker AccessKey, lasts time.Duration, policy string, now time.Time) (Temporary, error) {
	if lasts < MinTokenTime || lasts > MaxTokenTime {
		return Temporary{}, fmt.Errorf("a temporary credential lasts from %v to %v, not %v", MinTokenTime, MaxTokenTime, lasts)
	}
	name, aead, err := t.current(ctx, maker.Owner, now)
	if err != nil {
		return Temporary{}, err
	}
	issued := Temporary{SecretID: "TMPID" + rand.Text(), SecretKey: csr.Secret(rand.Text()), Expires: now.Add(lasts).Truncate(time.Second)}
	said := grant{[]byte(issued.SecretKey), maker.SecretID, now.UnixMicro(), issued.Expires.UnixMicro(), policy}
	defer clear(said.SecretKey)
	plain, err := json.Marshal(said)
	if err != nil {
		return Temporary{}, fmt.Errorf("make a token: %w", err)
	}
	defer clear(plain)
	head := name.head()
	text := base64.RawURLEncoding.EncodeToString(append(head, aead.Seal(nil, nil, plain, boundTo(head, issued.SecretID))...))
	if len(text) > maxToken {
		return Temporary{}, fmt.Errorf("a token has at most %d bytes, and with this policy it has %d: make the policy shorter, or attach it to the user", maxToken, len(text))
	}
	issued.Token = csr.Secret(text)
	return issued, nil
}

// Find returns the temporary access key that a token stands for, or ErrToken.
func (t *Tokens) Find(ctx context.Context, now time.Time, secretID, token string) (AccessKey, error) {
	said, owner, err := t.open(ctx, secretID, token)
	if err != nil {
		return AccessKey{}, err
	}
	defer clear(said.SecretKey)
	if now.UnixMicro() >= said.Expires {
		return AccessKey{}, fmt.Errorf("%w: it has expired", ErrToken)
	}
	maker, err := t.keys.Find(ctx, said.Maker)
	switch {
	case errors.Is(err, ErrNoKey):
		return AccessKey{}, fmt.Errorf("%w: the access key that it was made for may not call any more", ErrToken)
	case err != nil:
		return AccessKey{}, err
	case maker.Owner != owner:
		return AccessKey{}, fmt.Errorf("%w: it is of another account", ErrToken)
	case said.Issued < maker.TokensFrom.UnixMicro():
		return AccessKey{}, fmt.Errorf("%w: it was revoked", ErrToken)
	}
	version := sha256.Sum256([]byte(token))
	return AccessKey{
		SecretID: secretID, Owner: owner, User: maker.User, Enabled: true, OwnerEnabled: true, UserEnabled: true, CreateTime: time.UnixMicro(said.Issued),
		Version: int64(binary.BigEndian.Uint64(version[:])), Maker: maker.SecretID, Policy: said.Policy, Temporary: csr.Secret(said.SecretKey),
	}, nil
}

// open decrypts a token.
func (t *Tokens) open(ctx context.Context, secretID, token string) (grant, csr.Owner, error) {
	if len(token) > maxToken {
		return grant{}, 0, fmt.Errorf("%w: it has %d bytes", ErrToken, len(token))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < tokenHead || raw[0] != tokenFormat || strings.ContainsAny(token, "\r\n") { // which base64 passes over
		return grant{}, 0, fmt.Errorf("%w: it is not one of csrd", ErrToken)
	}
	head := raw[:tokenHead]
	name := tokenKeyName{csr.Owner(binary.BigEndian.Uint64(head[1:9])), hex.EncodeToString(head[9:])}
	aead, err := t.get(ctx, name)
	if err != nil {
		return grant{}, 0, err
	}
	plain, err := aead.Open(nil, nil, raw[tokenHead:], boundTo(head, secretID))
	if err != nil {
		return grant{}, 0, fmt.Errorf("%w: it was made for another SecretId, or altered", ErrToken)
	}
	defer clear(plain)
	var said grant
	if err := json.Unmarshal(plain, &said); err != nil {
		return grant{}, 0, fmt.Errorf("read a token: %w", err)
	}
	return said, name.owner, nil
}

// current is the token key that makes tokens now.
func (t *Tokens) current(ctx context.Context, owner csr.Owner, now time.Time) (tokenKeyName, cipher.AEAD, error) {
	newest, err := t.store.NewestTokenKey(ctx, owner)
	if errors.Is(err, ErrToken) || err == nil && now.Sub(newest.CreateTime) >= tokenKeyTime {
		newest, err = t.makeKey(ctx, owner, now)
	}
	if err != nil {
		return tokenKeyName{}, nil, err
	}
	name := tokenKeyName{owner, newest.ID}
	aead, err := t.get(ctx, name)
	return name, aead, err
}

// makeKey makes a token key and destroys those of which no token is valid.
func (t *Tokens) makeKey(ctx context.Context, owner csr.Owner, now time.Time) (TokenKey, error) {
	id := make([]byte, tokenKeyID)
	rand.Read(id)
	raw := make(csr.Plain, 32)
	defer clear(raw)
	rand.Read(raw)
	key := TokenKey{Owner: owner, ID: hex.EncodeToString(id), CreateTime: now}
	var err error
	if key.Key, err = t.sealer.Seal(ctx, PurposeTokenKey, owner, key.ID, raw); err != nil {
		return key, err
	}
	return key, t.store.AddTokenKey(ctx, key, now.Add(-tokenKeyTime-MaxTokenTime))
}

// get returns a token key ready for use.
func (t *Tokens) get(ctx context.Context, name tokenKeyName) (cipher.AEAD, error) {
	t.mu.Lock()
	aead := t.ready[name]
	t.mu.Unlock()
	if aead != nil {
		return aead, nil
	}
	key, err := t.store.TokenKey(ctx, name.owner, name.id)
	if err != nil {
		return nil, err
	}
	raw, err := t.sealer.Open(ctx, PurposeTokenKey, name.owner, name.id, key.Key)
	if err != nil {
		return nil, fmt.Errorf("open the token key %s: %w", name.id, err)
	}
	defer clear(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("the token key %s: %w", name.id, err)
	}
	if aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("the token key %s: %w", name.id, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ready) >= maxReady {
		clear(t.ready)
	}
	t.ready[name] = aead
	return aead, nil
}

// head is what stands in the clear in a token of the key.
func (n tokenKeyName) head() []byte {
	head := binary.BigEndian.AppendUint64([]byte{tokenFormat}, uint64(n.owner))
	id, err := hex.DecodeString(n.id)
	if err != nil || len(id) != tokenKeyID {
		panic("cam: the token key " + n.id + " has no id") // the store's is one that makeKey made
	}
	return append(head, id...)
}

// boundTo is the associated data of a token.
func boundTo(head []byte, secretID string) []byte {
	return fmt.Appendf(nil, "csrd token\x00%s\x00%s", head, secretID)
}
