package csr

import (
	"context"
	"errors"
	"time"
)

var (
	// Decision: an id of another account and one that never was answer alike: InvalidParameter.InvalidCSRId.

	// ErrNotFound says that the owner has no such CSR. It is the same for an
	// id of another owner and for one that never was.
	ErrNotFound = errors.New("no such CSR")

	// ErrGenerated says that the CSR is generated and cannot be modified.
	ErrGenerated = errors.New("the CSR is generated")

	// ErrConflict says that the draft changed since it was read.
	ErrConflict = errors.New("the draft was changed meanwhile")

	// ErrHasKey says that the CSR has its private key already.
	ErrHasKey = errors.New("the CSR has its private key")

	// ErrRecorded says that the owner has this very CSR already.
	ErrRecorded = errors.New("the CSR is recorded already")

	// ErrUnavailable says that the store could not do it now and has changed
	// nothing: its disk is full, say, or the time was up.
	ErrUnavailable = errors.New("the store is unavailable")
)

// Store keeps CSRs. Every method that returns without error has made its
// change durable; one that returns an error has changed nothing, unless the
// outcome of a commit is unknown, and then the error wraps none of the above.
type Store interface {
	// NewID returns an id that was never returned before and never will be
	// again, from 1 to MaxID. It says nothing of age.
	NewID(ctx context.Context) (int64, error)

	// Create stores a CSR under an id from NewID. It sets CreateTime, which
	// the caller proposes, to a time not before that of the owner's last one.
	Create(ctx context.Context, c *CSR) error

	// CreateOnce stores a generated CSR as Create does, or returns ErrRecorded
	// where FindPEM would find it: of several at once, one is stored.
	CreateOnce(ctx context.Context, c *CSR) error

	// Get returns a CSR with its sealed secrets, or ErrNotFound.
	Get(ctx context.Context, owner Owner, id int64) (*CSR, error)

	// List returns a page of the owner's CSRs that match, newest first. It
	// reads no secret, sealed or not.
	List(ctx context.Context, owner Owner, filter Filter, page Page) (Listing, error)

	// Version returns a number that every change of what a list of the owner's
	// CSRs can show makes larger, whoever makes it. While it is the same, so is
	// each list.
	Version(ctx context.Context, owner Owner) (int64, error)

	// Update replaces a draft, whole, by c, which may be generated. The draft
	// must still have the Revision of c: else ErrConflict, or ErrGenerated, or
	// ErrNotFound. CreateTime and place in the list stay.
	Update(ctx context.Context, c *CSR) error

	// FindBySPKI returns the ids of the owner's CSRs of a public key, newest
	// first, at most limit of them. Deleted ones are not among them.
	FindBySPKI(ctx context.Context, owner Owner, spki []byte, limit int64) ([]int64, error)

	// FindPEM returns the id of the owner's CSR of a public key that is the same
	// text, the newest where there are several, and whether it has its private
	// key; or ErrNotFound. Deleted ones are not looked at.
	FindPEM(ctx context.Context, owner Owner, spki []byte, pem string) (id int64, hasKey bool, err error)

	// AddKey gives a generated CSR that has no private key its sealed key, with
	// its sealed password or nil. It returns ErrHasKey where it has one, and
	// ErrNotFound where the owner has no such CSR, or only a draft.
	AddKey(ctx context.Context, owner Owner, id int64, key, password Sealed) error

	// Delete removes those of the ids that the owner has and returns them in
	// the order given, in one transaction. With retain they can be brought
	// back by Restore; otherwise their secrets are destroyed at once.
	Delete(ctx context.Context, owner Owner, ids []int64, at time.Time, retain bool) (deleted []int64, err error)

	// Restore brings back a deleted CSR, at its old place, or returns ErrNotFound.
	Restore(ctx context.Context, owner Owner, id int64) error

	// ListDeleted returns deleted CSRs of all owners that can be brought back,
	// last deleted first, at most limit of them. It is the operator's.
	ListDeleted(ctx context.Context, limit int64) ([]Deleted, error)

	// Purge destroys what was deleted before a time, at most limit CSRs, and
	// returns how many.
	Purge(ctx context.Context, before time.Time, limit int64) (int64, error)
}
