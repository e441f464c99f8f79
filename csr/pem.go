package csr

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"fmt"

	"github.com/emmansun/gmsm/smx509"
)

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

// MarshalPrivateKey returns a key as PEM of PKCS#8, under a password as PBES2
// with PBKDF2 and AES-256-CBC (RFC 8018), which openssl reads.
func MarshalPrivateKey(key crypto.Signer, password Secret) (Plain, error) {
	return marshalPrivateKey(key, password, keyRounds)
}

func marshalPrivateKey(key crypto.Signer, password Secret, rounds int) (Plain, error) {
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("marshal the key: %w", err)
	}
	defer clear(der)
	if password == "" {
		return encodePEM("PRIVATE KEY", der), nil
	}
	sealed, err := encryptPBES2(der, password, rounds)
	if err != nil {
		return nil, fmt.Errorf("encrypt the key: %w", err)
	}
	return encodePEM("ENCRYPTED PRIVATE KEY", sealed), nil
}
