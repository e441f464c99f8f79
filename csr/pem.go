package csr

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
)

// keyRounds is the count of PBKDF2 with HMAC-SHA256 over a KeyPassword
// (OWASP Password Storage Cheat Sheet, 2023).
const keyRounds = 600_000

// Decision: PEM has CR LF line ends, the last one too, for CSRs as published and for keys alike.

// encodePEM writes lines that end in CR LF, the last too, as the samples of
// the API do.
func encodePEM(label string, der []byte) []byte {
	lines := pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
	defer clear(lines)
	return bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n"))
}

// Decision: a KeyPassword really encrypts the key: PBES2 with PBKDF2 over HMAC-SHA256, 600,000 rounds, and AES-256-CBC.

// MarshalPrivateKey returns a key as PEM of PKCS#8, under a password as PBES2
// with PBKDF2 and AES-256-CBC (RFC 8018), which openssl reads.
func MarshalPrivateKey(key crypto.Signer, password Secret) (Plain, error) {
	if password == "" {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("marshal the key: %w", err)
		}
		defer clear(der)
		return encodePEM("PRIVATE KEY", der), nil
	}
	encrypter := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, keyRounds))
	der, err := pkcs8.MarshalPrivateKey(key, []byte(password), encrypter)
	if err != nil {
		return nil, fmt.Errorf("encrypt the key: %w", err)
	}
	return encodePEM("ENCRYPTED PRIVATE KEY", der), nil
}
