package csr

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/smx509"
)

// keyRounds is the count of PBKDF2 with HMAC-SHA256 over a KeyPassword
// (OWASP Password Storage Cheat Sheet, 2023).
const keyRounds = 600_000

// Decision: PEM has CR LF line ends, the last one too, for CSRs as published and for keys alike.

// encodePEM writes lines that end in CR LF, the last too, as the samples of
// the API do. It leaves no other copy of them behind.
func encodePEM(label string, der []byte) []byte {
	var lines bytes.Buffer
	lines.Grow(2*len(der) + 100)                                // base64, line ends and the frame: it need not grow
	_ = pem.Encode(&lines, &pem.Block{Type: label, Bytes: der}) // there are no headers, and a Buffer takes everything
	defer clear(lines.Bytes())
	return bytes.ReplaceAll(lines.Bytes(), []byte("\n"), []byte("\r\n"))
}

// Decision: a KeyPassword really encrypts the key: PBES2 with PBKDF2 over HMAC-SHA256, 600,000 rounds, and AES-256-CBC.

// marshalKey returns a key as PKCS#8, under a password as PBES2 with PBKDF2
// and AES-256-CBC (RFC 8018), which openssl reads.
func marshalKey(key crypto.Signer, password Secret) (Plain, error) {
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("marshal the key: %w", err)
	}
	defer clear(der)
	if password == "" {
		return encodePEM("PRIVATE KEY", der), nil
	}
	plain := Plain(password)
	defer clear(plain)
	encrypter := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, keyRounds))
	algorithm, data, err := encrypter.Encrypt(rand.Reader, plain, der)
	if err != nil {
		return nil, fmt.Errorf("encrypt the key: %w", err)
	}
	// EncryptedPrivateKeyInfo (RFC 5958 §3)
	encrypted, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{*algorithm, data})
	if err != nil {
		return nil, fmt.Errorf("marshal the encrypted key: %w", err)
	}
	return encodePEM("ENCRYPTED PRIVATE KEY", encrypted), nil
}
