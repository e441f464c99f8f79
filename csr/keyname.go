package csr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"strconv"

	"github.com/emmansun/gmsm/sm2"
)

// Decision: beyond the two documented kinds of keys, names are those of ReplaceCertificate where it has them (SM2;
// secp384r1), and of SEC 2 for other curves; EdDSA with ed25519, and sm2p256v1 for SM2, are csrd's own.

// What EncryptAlgo says (API pages "CreateCSR" and "ReplaceCertificate").
const (
	nameRSA   = "RSA"
	nameECC   = "ECC"
	nameSM2   = "SM2"
	nameEdDSA = "EdDSA"
)

const nameEd25519 = "ed25519"

// KeyName returns the names that EncryptAlgo and KeyParameter have for a
// public key of any CSR, also of one that csrd would not make: an RSA key with
// its bits in decimal, an elliptic curve by its name. It is not ok for other
// kinds of keys.
func KeyName(public crypto.PublicKey) (encryptAlgo, keyParameter string, ok bool) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return nameRSA, strconv.Itoa(public.N.BitLen()), true
	case *ecdsa.PublicKey:
		return curveName(public.Curve)
	case ed25519.PublicKey:
		return nameEdDSA, nameEd25519, true
	}
	return "", "", false
}

// curveName returns the names of a key on a curve: those of SEC 2, but for
// secp256r1, which the API calls by its name of ANSI X9.62.
func curveName(curve elliptic.Curve) (encryptAlgo, keyParameter string, ok bool) {
	switch curve {
	case elliptic.P224():
		return nameECC, "secp224r1", true
	case elliptic.P256():
		return nameECC, "prime256v1", true
	case elliptic.P384():
		return nameECC, "secp384r1", true
	case elliptic.P521():
		return nameECC, "secp521r1", true
	case sm2.P256():
		return nameSM2, "sm2p256v1", true
	}
	return "", "", false
}
