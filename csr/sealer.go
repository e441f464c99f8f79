package csr

import "context"

// Purpose says what a sealed secret is. It is bound into the sealing, so that
// one kind of secret never opens as another.
type Purpose string

// What is sealed of a CSR.
const (
	PurposePrivateKey  Purpose = "csr-private-key"
	PurposeKeyPassword Purpose = "csr-key-password"
)

// Sealer encrypts secrets at rest. What is sealed for a purpose, an owner and
// an id opens for exactly these: moved to another row it does not.
type Sealer interface {
	// Seal encrypts a secret. When it returns without error, everything needed
	// to open it again is durable.
	Seal(ctx context.Context, purpose Purpose, owner Owner, id string, secret Plain) (Sealed, error)

	// Open decrypts what Seal returned for the same purpose, owner and id. The
	// caller overwrites it when it was used.
	Open(ctx context.Context, purpose Purpose, owner Owner, id string, sealed Sealed) (Plain, error)
}
