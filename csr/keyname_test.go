package csr_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"testing"

	"csrd/csr"

	"github.com/emmansun/gmsm/sm2"
)

func TestKeysHaveTheNamesOfTheAPI(t *testing.T) {
	ofBits := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1), E: 65537}
	}
	on := func(curve elliptic.Curve) *ecdsa.PublicKey { return &ecdsa.PublicKey{Curve: curve} }
	for _, test := range []struct {
		public                    crypto.PublicKey
		encryptAlgo, keyParameter string
		ok                        bool
	}{
		{ofBits(1024), "RSA", "1024", true},
		{ofBits(2048), "RSA", "2048", true},
		{ofBits(3072), "RSA", "3072", true},
		{ofBits(4095), "RSA", "4095", true},
		{ofBits(4096), "RSA", "4096", true},
		{on(elliptic.P224()), "ECC", "secp224r1", true},
		{on(elliptic.P256()), "ECC", "prime256v1", true},
		{on(elliptic.P384()), "ECC", "secp384r1", true},
		{on(elliptic.P521()), "ECC", "secp521r1", true},
		{on(sm2.P256()), "SM2", "sm2p256v1", true},
		{ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)), "EdDSA", "ed25519", true},
		{on(nil), "", "", false},
		{(*ecdh.PublicKey)(nil), "", "", false},
		{nil, "", "", false},
	} {
		encryptAlgo, keyParameter, ok := csr.KeyName(test.public)
		if encryptAlgo != test.encryptAlgo || keyParameter != test.keyParameter || ok != test.ok {
			t.Errorf("%T is named %q, %q, %v, want %q, %q, %v",
				test.public, encryptAlgo, keyParameter, ok, test.encryptAlgo, test.keyParameter, test.ok)
		}
	}
}
