package cam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"csrd/csr"
)

// What a store refuses.
var (
	// ErrNoAccount says that there is no such account.
	ErrNoAccount = errors.New("no such account")
	// ErrNoUser says that the account has no such user.
	ErrNoUser = errors.New("no such user")
	// ErrNoKey says that there is no such SecretId or, of a Keyring, that it
	// cannot be used.
	ErrNoKey = errors.New("no such access key")
	// ErrNoPolicy says that the account has no such policy or, at a detachment,
	// that it is not attached.
	ErrNoPolicy = errors.New("no such policy")
	// ErrExists says that there is one of that name already.
	ErrExists = errors.New("it exists already")
	// ErrTooManyKeys says that there would be more than MaxActiveKeys.
	ErrTooManyKeys = fmt.Errorf("more than %d enabled access keys", MaxActiveKeys)
	// ErrLastRootKey says that the account's root would have no enabled key.
	ErrLastRootKey = errors.New("the last enabled access key of the account's root")
	// ErrKeyEnabled says that an access key that is to be deleted is enabled.
	ErrKeyEnabled = errors.New("the access key is enabled")
	// ErrLastAccount says that the store would have no account.
	ErrLastAccount = errors.New("the last account")
)

// InUseError says what keeps something from being deleted.
type InUseError struct {
	CSRs     int64 // of an account
	Deleted  int64 // CSRs of an account that are deleted and still kept
	Users    int64 // of an account, or that a policy is attached to
	Keys     int64 // of a user
	Policies int64 // of an account, or attached to a user
}

func (e *InUseError) Error() string {
	var parts []string
	for _, part := range []struct {
		n         int64
		one, many string
	}{
		{e.CSRs, "CSR", "CSRs"},
		{e.Deleted, "deleted CSR that is still kept", "deleted CSRs that are still kept"},
		{e.Users, "user", "users"},
		{e.Keys, "access key", "access keys"},
		{e.Policies, "policy", "policies"},
	} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.many))
		}
	}
	return "in use by " + strings.Join(parts, ", ")
}

// Store keeps accounts, users, access keys and policies. What it does for one
// account, it does within that account; each change is whole or not made. An
// error that is none of the above says that the store failed.
type Store interface {
	AccountStore
	UserStore
	KeyStore
	PolicyStore
}

// AccountStore keeps accounts.
type AccountStore interface {
	// Accounts returns all accounts, the oldest first.
	Accounts(ctx context.Context) ([]Account, error)
	// CreateAccount stores an account with its first access key, both or
	// neither; or fails with ErrExists.
	CreateAccount(ctx context.Context, account Account, key AccessKey) error
	// CreateFirstAccount is CreateAccount for a store without an account; where
	// there is one it fails with ErrExists.
	CreateFirstAccount(ctx context.Context, account Account, key AccessKey) error
	// EnableAccount enables an account or disables it; or fails with ErrNoAccount.
	EnableAccount(ctx context.Context, owner csr.Owner, enabled bool) error
	// DeleteAccount deletes an account with the keys of its root. It fails with
	// ErrNoAccount, ErrLastAccount or, while anything else is in it, with an
	// *InUseError. With force only its CSRs are in the way: its users, keys,
	// policies and what is kept of deleted CSRs go with it. The data keys stay: a
	// server may have them in memory and seal with them.
	DeleteAccount(ctx context.Context, owner csr.Owner, force bool) error
}

// UserStore keeps users.
type UserStore interface {
	// Users returns the users of an account, by name.
	Users(ctx context.Context, owner csr.Owner) ([]User, error)
	// User returns a user, enabled or not, or ErrNoUser.
	User(ctx context.Context, owner csr.Owner, name string) (User, error)
	// CreateUser stores a user; or fails with ErrNoAccount or ErrExists.
	CreateUser(ctx context.Context, user User) error
	// EnableUser enables a user or disables it; or fails with ErrNoUser.
	EnableUser(ctx context.Context, owner csr.Owner, name string, enabled bool) error
	// RevokeTokens makes the temporary credentials of a user void that were made
	// before a time; or fails with ErrNoUser.
	RevokeTokens(ctx context.Context, owner csr.Owner, name string, before time.Time) error
	// DeleteUser deletes a user. It fails with ErrNoUser and, while the user has
	// access keys or attached policies, with an *InUseError. With force the keys
	// go too, and the policies are detached.
	DeleteUser(ctx context.Context, owner csr.Owner, name string, force bool) error
}

// KeyStore keeps access keys.
type KeyStore interface {
	// AccessKey returns an access key, usable or not, or ErrNoKey.
	AccessKey(ctx context.Context, secretID string) (AccessKey, error)
	// AccessKeys returns the access keys of an account, by user, the root's
	// first, and of each the oldest first.
	AccessKeys(ctx context.Context, owner csr.Owner) ([]AccessKey, error)
	// CreateKey stores an access key; or fails with ErrNoAccount, ErrNoUser,
	// ErrExists or ErrTooManyKeys.
	CreateKey(ctx context.Context, key AccessKey) error
	// EnableKey enables an access key or disables it; or fails with ErrNoKey,
	// ErrTooManyKeys or ErrLastRootKey.
	EnableKey(ctx context.Context, secretID string, enabled bool) error
	// DeleteKey deletes an access key; or fails with ErrNoKey, ErrLastRootKey or,
	// without force, ErrKeyEnabled.
	DeleteKey(ctx context.Context, secretID string, force bool) error
	// SetLastUsed stores when access keys were last used, by SecretId. It never
	// sets a time back, and passes over keys that are gone.
	SetLastUsed(ctx context.Context, at map[string]time.Time) error
}

// PolicyStore keeps policies and to whom they are attached.
type PolicyStore interface {
	// Policies returns the policies of an account, by name.
	Policies(ctx context.Context, owner csr.Owner) ([]Policy, error)
	// Policy returns a policy or ErrNoPolicy.
	Policy(ctx context.Context, owner csr.Owner, name string) (Policy, error)
	// CreatePolicy stores a policy; or fails with ErrNoAccount or ErrExists.
	CreatePolicy(ctx context.Context, policy Policy) error
	// ReplacePolicy stores another document and its ChangeTime; or fails with
	// ErrNoPolicy.
	ReplacePolicy(ctx context.Context, policy Policy) error
	// DeletePolicy deletes a policy. It fails with ErrNoPolicy and, while it is
	// attached, with an *InUseError.
	DeletePolicy(ctx context.Context, owner csr.Owner, name string) error
	// Attach attaches a policy to a user, if it is not attached already; or fails
	// with ErrNoUser or, unless it is a preset, with ErrNoPolicy.
	Attach(ctx context.Context, owner csr.Owner, a Attachment) error
	// Detach detaches a policy from a user; or fails with ErrNoPolicy.
	Detach(ctx context.Context, owner csr.Owner, user, policy string) error
	// Attachments returns those of an account, by user and policy.
	Attachments(ctx context.Context, owner csr.Owner) ([]Attachment, error)
	// PoliciesOf returns the policies that are attached to a user, by name; of a
	// preset it knows the name alone, and Document is "".
	PoliciesOf(ctx context.Context, owner csr.Owner, user string) ([]Policy, error)
}
