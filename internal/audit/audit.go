// Package audit is the record of who did what: its entries, the chain of HMACs
// that binds them, and the verification of that chain. It knows no store and no
// protocol.
//
// Each account has a chain of its own, and what concerns none, such as the
// rotation of the master key, has the chain of [System].
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"csrd/csr"
)

// System is whose chain has what concerns no single account.
const System csr.Owner = 0

// OK is the outcome of what was done.
const OK = "OK"

// ActorKind says in which way somebody acted.
type ActorKind string

// The kinds of actors.
const (
	Caller   ActorKind = "caller"   // a request of the API, signed with an access key
	Operator ActorKind = "operator" // a command on the store
	Server   ActorKind = "server"   // the server of itself, such as destroying what was deleted
)

// Actor is who did something.
type Actor struct {
	Kind     ActorKind
	User     string // of the account, "" for its root; of an operator, the user of the operating system
	SecretID string // of a caller
	Address  string // of a caller; of an operator, the name of the machine
}

// Entry is one line of the record. It never has a secret: nothing in it is
// text of a request but the names of what is there.
type Entry struct {
	Owner     csr.Owner // whose chain it is in
	Seq       int64     // its place there, from 1
	Time      time.Time // when the request came, to the microsecond
	RequestID string    // of the request, or of the operator's command
	Actor     Actor
	Action    string   // as policies spell it, "ssl:CreateCSR"; or a command, "deleted restore"
	Resources []string // what it was done to, "csr/12"
	KeyRead   bool     // whether a private key or its password was shown
	Outcome   string   // OK, or the code that was answered
	MAC       MAC      // over all of the above and the entry before
}

// CSRPrefix is what stands before the id where entries name a CSR.
const CSRPrefix = "csr/"

// CSR is what entries call a CSR.
func CSR(id int64) string { return fmt.Sprint(CSRPrefix, id) }

// Account is what entries call an account.
func Account(owner csr.Owner) string { return "account/" + owner.String() }

// AccessKey is what entries call an access key.
func AccessKey(secretID string) string { return "key/" + secretID }

// User is what entries call a user of an account.
func User(name string) string { return "user/" + name }

// Policy is what entries call a policy.
func Policy(name string) string { return "policy/" + name }

// Head is the end of a chain.
type Head struct {
	Seq  int64 // of the last entry; 0 before the first
	MAC  MAC   // of the last entry
	Seal MAC   // over both, so that whoever cuts the tail cannot say so
}

// Stub stands for entries at the beginning of a chain that were pruned.
type Stub struct {
	Seq  int64     // of the last one pruned
	MAC  MAC       // of that one, which the next one goes on from
	Time time.Time // when they were pruned
	Seal MAC       // over all of this
}

// Chain is what the store has of a chain besides its entries.
type Chain struct {
	Owner csr.Owner
	Head  *Head // nil where it is missing
	Stub  *Stub // nil where nothing was pruned
}

// Filter says which entries are asked for. The zero value of each field leaves
// it out.
type Filter struct {
	Owner     *csr.Owner
	From, To  time.Time // From is in, To is not
	Action    string    // "ssl:CreateCSR", or without the product, "CreateCSR"
	User      *string   // "" is the account's root
	RequestID string
	Resource  string // "csr/12"
	Limit     int64  // at most so many, the newest; 0 for all
}

var (
	// ErrNoEntry says that a change came to the store without a pending entry.
	ErrNoEntry = errors.New("a change without an entry for the record")
	// ErrAltered says that the store has another end of the chain than was written.
	ErrAltered = errors.New("the record was altered: run `csrd audit verify`, and put back a copy of the store")
	// ErrNoChain says that an account has no chain yet.
	ErrNoChain = errors.New("the account has no record yet")
)

// KeyStore keeps the audit keys of accounts, sealed.
type KeyStore interface {
	// AuditKey returns the sealed audit key of a chain, or ErrNoChain.
	AuditKey(ctx context.Context, owner csr.Owner) (csr.Sealed, error)
}

// Store keeps the record. Every method that returns without error has made its
// change durable.
type Store interface {
	KeyStore
	// Append appends the pending entry of the context, by itself, to the chain
	// of an account. Changes append theirs in their own transaction.
	Append(ctx context.Context, owner csr.Owner) error
	// Entries calls f with the entries that match, the newest first.
	Entries(ctx context.Context, filter Filter, f func(*Entry) error) error
	// Chains returns the accounts that have a chain or a part of one.
	Chains(ctx context.Context) ([]csr.Owner, error)
	// ReadChain calls begin, and then f with the entries, the oldest first, all
	// as of one moment.
	ReadChain(ctx context.Context, owner csr.Owner, begin func(Chain) error, f func(*Entry) error) error
	// Prune removes the entries of a chain up to that of the stub and keeps the
	// stub in their place, if that entry still has the MAC of the stub; else the
	// error is ErrAltered. The pending entry of the context goes with it.
	Prune(ctx context.Context, owner csr.Owner, stub Stub) error
}
