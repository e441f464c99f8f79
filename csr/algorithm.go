package csr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"strings"
)

// algorithm is a kind of key that csrd makes, and how a CSR is signed with it.
type algorithm struct {
	encryptAlgo  string
	keyParameter string
	signature    x509.SignatureAlgorithm
	newKey       func() (crypto.Signer, error)
}

// algorithms lists the kinds of keys the API documents (page "CreateCSR").
func algorithms() []algorithm {
	return []algorithm{
		{"RSA", "2048", x509.SHA256WithRSA, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }},
		{"RSA", "4096", x509.SHA256WithRSA, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 4096) }},
		{"ECC", "prime256v1", x509.ECDSAWithSHA256, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }},
	}
}

// findAlgorithm finds an algorithm by the API's names for it.
func findAlgorithm(encryptAlgo, keyParameter string) (algorithm, *Problem) {
	var algos, parameters []string
	for _, a := range algorithms() {
		if a.encryptAlgo == encryptAlgo && a.keyParameter == keyParameter {
			return a, nil
		}
		if !slices.Contains(algos, a.encryptAlgo) {
			algos = append(algos, a.encryptAlgo)
		}
		if a.encryptAlgo == encryptAlgo {
			parameters = append(parameters, a.keyParameter)
		}
	}
	if len(parameters) == 0 {
		return algorithm{}, &Problem{"EncryptAlgo", encryptAlgo,
			Reason{"must be " + strings.Join(algos, " or "), "须为 " + strings.Join(algos, " 或 ")}}
	}
	return algorithm{}, &Problem{"KeyParameter", keyParameter,
		Reason{"must be " + strings.Join(parameters, " or ") + " for " + encryptAlgo, "在 " + encryptAlgo + " 时须为 " + strings.Join(parameters, " 或 ")}}
}
