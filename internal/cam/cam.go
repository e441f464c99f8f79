// Package cam knows who may call: accounts, their users, access keys, and the
// policies that are attached to users.
package cam

import (
	"time"

	"csrd/csr"
)

// PurposeSecretKey is the purpose under which a SecretKey is sealed; the id is
// its SecretId.
const PurposeSecretKey csr.Purpose = "secret-key"

// MaxActiveKeys is how many enabled access keys a user may have, and the root
// of an account: one in use and, while it is replaced, the next one.
const MaxActiveKeys = 2

// Account is a tenant: all that is stored belongs to one.
type Account struct {
	Owner      csr.Owner
	Name       string // a label for the operator
	Enabled    bool
	CreateTime time.Time
}

// User is somebody in an account who has access keys of their own.
type User struct {
	Owner      csr.Owner
	Name       string // unique in the account
	Enabled    bool
	CreateTime time.Time
	// TokensFrom is when the temporary credentials that are good began to be
	// made: those of an earlier time are void.
	TokensFrom time.Time
}

// AccessKey is a SecretId with its SecretKey, which is sealed rather than
// hashed because verifying an HMAC needs it back.
type AccessKey struct {
	SecretID   string
	Owner      csr.Owner
	User       string // "" for a key of the account's root
	SecretKey  csr.Sealed
	Version    int64 // changes with the SecretKey
	Enabled    bool  // the key itself; see Usable
	CreateTime time.Time
	LastUsed   time.Time // to about a minute; zero where it never was

	// OwnerEnabled and UserEnabled are those of its account and its user, as a
	// store found them; the root of an account is as the account is.
	OwnerEnabled, UserEnabled bool
	// TokensFrom is that of its user; zero for the root.
	TokensFrom time.Time

	// Of a temporary credential:
	Maker     string     // the SecretId of the access key that it was made for
	Policy    string     // the document that bounds it; "" for none
	Temporary csr.Secret // its SecretKey, which is not stored
}

// Usable reports whether the key, its user and its account are enabled.
func (k *AccessKey) Usable() bool { return k.Enabled && k.UserEnabled && k.OwnerEnabled }

// Policy is a document that says what its users may do. The store keeps its
// text and does not read it.
type Policy struct {
	Owner      csr.Owner
	Name       string // unique in the account
	Document   string
	CreateTime time.Time
	ChangeTime time.Time // of the document
}

// Attachment ties a policy to a user.
type Attachment struct {
	User, Policy string
	// Preset says that the policy comes with csrd and is none of the store's.
	Preset bool
}
