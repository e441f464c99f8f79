// Package cam knows who may call: accounts and their access keys.
package cam

import (
	"context"
	"errors"
	"time"

	"csrd/csr"
)

// PurposeSecretKey is the purpose under which a SecretKey is sealed; the id is
// its SecretId.
const PurposeSecretKey csr.Purpose = "secret-key"

// ErrNoKey says that there is no such SecretId, or that it is disabled.
var ErrNoKey = errors.New("no such access key")

// Account is a tenant: all that is stored belongs to one.
type Account struct {
	Owner      csr.Owner
	CreateTime time.Time
}

// AccessKey is a SecretId with its SecretKey, which is sealed rather than
// hashed because verifying an HMAC needs it back.
type AccessKey struct {
	SecretID   string
	Owner      csr.Owner
	User       string // of the account; "" for its root
	SecretKey  csr.Sealed
	Version    int64 // changes with the SecretKey
	Enabled    bool
	CreateTime time.Time
	TokensFrom time.Time // temporary credentials of the user that were made before are void

	// Of a temporary credential:
	Policy    string     // the document that bounds it; "" for none
	Temporary csr.Secret // its SecretKey, which is not stored
}

// Store keeps accounts and access keys.
type Store interface {
	// Accounts returns all accounts, the oldest first.
	Accounts(ctx context.Context) ([]Account, error)
	// CreateAccount stores an account with its first access key, both or neither.
	CreateAccount(ctx context.Context, account Account, key AccessKey) error
	// AccessKey returns an access key, enabled or not, or ErrNoKey.
	AccessKey(ctx context.Context, secretID string) (AccessKey, error)
}
