package cam

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"csrd/csr"
)

// Root is a new account and the first access key of its root.
type Root struct {
	Owner     csr.Owner
	Name      string
	SecretID  string
	SecretKey csr.Secret
}

// RootSetting is what the operator set of the root account, as text; each may
// be empty.
type RootSetting struct {
	Uin       string
	SecretID  string
	SecretKey csr.Secret
}

// Root checks a setting and makes up what is empty in it.
func (s RootSetting) Root() (Root, error) {
	r := Root{SecretID: s.SecretID, SecretKey: s.SecretKey}
	if s.Uin == "" {
		// Twelve digits, as the cloud's Uins have.
		n, err := rand.Int(rand.Reader, big.NewInt(9e11))
		if err != nil {
			return Root{}, err
		}
		r.Owner = csr.Owner(1e11 + n.Int64())
	} else {
		n, err := strconv.ParseInt(s.Uin, 10, 64)
		if err != nil || n < 1 || n > csr.MaxID {
			return Root{}, fmt.Errorf("the Uin %q is not a number from 1 to %d", s.Uin, int64(csr.MaxID))
		}
		r.Owner = csr.Owner(n)
	}
	if r.SecretID == "" {
		r.SecretID = newSecretID()
	} else if !ValidSecretID(r.SecretID) {
		return Root{}, errors.New("the SecretId has characters besides letters, digits, _ and -, or more than 128 of them")
	}
	if r.SecretKey == "" {
		r.SecretKey = newSecretKey()
	} else if len(r.SecretKey) < 16 || len(r.SecretKey) > 128 {
		return Root{}, errors.New("the SecretKey must have 16 to 128 characters")
	}
	return r, nil
}

// DiffersFrom reports whether the setting is another than what the accounts of
// a store say.
func (s RootSetting) DiffersFrom(ctx context.Context, store AccountStore, keys *Keyring) (bool, error) {
	want, err := s.Root()
	if err != nil {
		return false, err
	}
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return false, err
	}
	if s.Uin != "" && !slices.ContainsFunc(accounts, func(a Account) bool { return a.Owner == want.Owner }) {
		return true, nil
	}
	if s.SecretID == "" {
		return false, nil
	}
	key, err := keys.Find(ctx, s.SecretID)
	if errors.Is(err, ErrNoKey) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if s.Uin != "" && want.Owner != key.Owner {
		return true, nil
	}
	if s.SecretKey == "" {
		return false, nil
	}
	secret, err := keys.Secret(ctx, key)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(secret), []byte(s.SecretKey)) != 1, nil
}

// maxSecretID is the most bytes a SecretId has.
const maxSecretID = 128

// Decision: a SecretId that is empty, longer than 128 or has more than letters, digits, _ and - is
// AuthFailure.InvalidSecretId.

// ValidSecretID reports whether a text can be a SecretId at all.
func ValidSecretID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxSecretID
}

// CreateRoot stores an account with the first access key of its root.
func CreateRoot(ctx context.Context, store AccountStore, sealer csr.Sealer, root Root, now time.Time) error {
	return createRoot(ctx, sealer, root, now, store.CreateAccount)
}

// CreateFirstRoot is CreateRoot for a store without an account; where another
// server made one meanwhile it fails with ErrExists.
func CreateFirstRoot(ctx context.Context, store AccountStore, sealer csr.Sealer, root Root, now time.Time) error {
	return createRoot(ctx, sealer, root, now, store.CreateFirstAccount)
}

func createRoot(ctx context.Context, sealer csr.Sealer, root Root, now time.Time, create func(context.Context, Account, AccessKey) error) error {
	key, err := sealKey(ctx, sealer, AccessKey{SecretID: root.SecretID, Owner: root.Owner, CreateTime: now}, root.SecretKey)
	if err != nil {
		return err
	}
	return create(ctx, Account{Owner: root.Owner, Name: root.Name, Enabled: true, CreateTime: now}, key)
}

// NewKey makes up an access key of a user or, for "", of the account's root.
// It is not stored yet.
func NewKey(ctx context.Context, sealer csr.Sealer, owner csr.Owner, user string, now time.Time) (AccessKey, csr.Secret, error) {
	secret := newSecretKey()
	key, err := sealKey(ctx, sealer, AccessKey{SecretID: newSecretID(), Owner: owner, User: user, CreateTime: now}, secret)
	return key, secret, err
}

// sealKey makes the key an enabled one with its SecretKey sealed.
func sealKey(ctx context.Context, sealer csr.Sealer, key AccessKey, secret csr.Secret) (AccessKey, error) {
	plain := csr.Plain(secret)
	defer clear(plain)
	sealed, err := sealer.Seal(ctx, PurposeSecretKey, key.Owner, key.SecretID, plain)
	if err != nil {
		return AccessKey{}, err
	}
	key.SecretKey, key.Version, key.Enabled = sealed, 1, true
	return key, nil
}

func newSecretID() string { return "AKID" + rand.Text() }

func newSecretKey() csr.Secret { return csr.Secret(rand.Text()) }
