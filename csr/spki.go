package csr

import (
	"crypto"
	"crypto/sha256"
	"fmt"

	"github.com/emmansun/gmsm/smx509"
)

// SPKIHash returns the SHA-256 of a public key as DER SubjectPublicKeyInfo (RFC
// 5280 section 4.1), which names a key the same way in a CSR, in a certificate
// and alone (RFC 7469 section 2.4). It fails for keys that no CSR can hold.
func SPKIHash(public crypto.PublicKey) ([sha256.Size]byte, error) {
	der, err := smx509.MarshalPKIXPublicKey(public)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("marshal the public key: %w", err)
	}
	return sha256.Sum256(der), nil
}

// SameKey reports whether two public keys are one.
func SameKey(a, b crypto.PublicKey) bool {
	hashA, errA := SPKIHash(a)
	hashB, errB := SPKIHash(b)
	return errA == nil && errB == nil && hashA == hashB
}
