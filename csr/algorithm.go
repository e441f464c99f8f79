package csr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Algorithms is a set of kinds of keys that may be made, as the operator
// chooses it.
type Algorithms int

const (
	// TencentAlgorithms are those of the API page "CreateCSR": RSA 2048 and
	// 4096, ECC prime256v1.
	TencentAlgorithms Algorithms = iota
	// ExtendedAlgorithms are these and RSA 3072, ECC secp384r1 and secp521r1,
	// EdDSA ed25519, SM2 sm2p256v1.
	ExtendedAlgorithms
)

// String returns "tencent" or "extended".
func (a Algorithms) String() string {
	if a == ExtendedAlgorithms {
		return "extended"
	}
	return "tencent"
}

// ParseAlgorithms reads what String writes.
func ParseAlgorithms(text string) (Algorithms, error) {
	for _, a := range []Algorithms{TencentAlgorithms, ExtendedAlgorithms} {
		if text == a.String() {
			return a, nil
		}
	}
	return 0, fmt.Errorf("it must be %s or %s", TencentAlgorithms, ExtendedAlgorithms)
}

// Kind is a kind of key by the names that the API has for it.
type Kind struct {
	EncryptAlgo, KeyParameter string
}

// Kinds returns each kind of key in the set, by EncryptAlgo and then the
// quickest to make first.
func (a Algorithms) Kinds() (kinds []Kind) {
	for _, algo := range a.list() {
		kinds = append(kinds, Kind{algo.encryptAlgo, algo.keyParameter})
	}
	return kinds
}

// Names returns EncryptAlgo and KeyParameter of each kind of key in the set,
// as in "RSA 2048".
func (a Algorithms) Names() (names []string) {
	for _, algo := range a.list() {
		names = append(names, algo.name())
	}
	return names
}

// Decision: ECC secp384r1 signs with SHA-384 and secp521r1 with SHA-512; SM2 with SM3, under the default identity of
// GM/T 0009, 1234567812345678.

// list returns the kinds of keys of the set, by EncryptAlgo and then the
// quickest to make first.
func (a Algorithms) list() []algorithm {
	const tencent, extended = TencentAlgorithms, ExtendedAlgorithms
	return slices.DeleteFunc([]algorithm{
		rsaKeys(tencent, 2048),
		rsaKeys(extended, 3072),
		rsaKeys(tencent, 4096),
		curveKeys(tencent, elliptic.P256(), x509.ECDSAWithSHA256),
		curveKeys(extended, elliptic.P384(), x509.ECDSAWithSHA384),
		curveKeys(extended, elliptic.P521(), x509.ECDSAWithSHA512),
		{extended, nameEdDSA, nameEd25519, false, x509.PureEd25519, func() (crypto.Signer, error) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			return key, err
		}},
		curveKeys(extended, sm2.P256(), smx509.SM2WithSM3),
	}, func(algo algorithm) bool { return algo.since > a })
}

// algorithm is a kind of key that csrd makes, and how a CSR is signed with it.
type algorithm struct {
	since        Algorithms // the least set that has it
	encryptAlgo  string
	keyParameter string
	costly       bool // making one takes far longer than signing with it
	signature    x509.SignatureAlgorithm
	newKey       func() (crypto.Signer, error)
}

func (a *algorithm) name() string { return a.encryptAlgo + " " + a.keyParameter }

func rsaKeys(since Algorithms, bits int) algorithm {
	return algorithm{since, nameRSA, strconv.Itoa(bits), true, x509.SHA256WithRSA, func() (crypto.Signer, error) {
		return rsa.GenerateKey(rand.Reader, bits)
	}}
}

// curveKeys are keys on a curve that has a name.
func curveKeys(since Algorithms, curve elliptic.Curve, signature x509.SignatureAlgorithm) algorithm {
	encryptAlgo, keyParameter, _ := curveName(curve)
	return algorithm{since, encryptAlgo, keyParameter, false, signature, func() (crypto.Signer, error) {
		if curve == sm2.P256() {
			return sm2.GenerateKey(rand.Reader)
		}
		return ecdsa.GenerateKey(curve, rand.Reader)
	}}
}

// sign returns the DER of a CSR.
func (a *algorithm) sign(template *x509.CertificateRequest, key crypto.Signer) ([]byte, error) {
	template.SignatureAlgorithm = a.signature
	if a.signature == smx509.SM2WithSM3 {
		return smx509.CreateCertificateRequest(rand.Reader, template, key)
	}
	return x509.CreateCertificateRequest(rand.Reader, template, key)
}

// check says what is wrong with the names of a kind of key.
func (a Algorithms) check(encryptAlgo, keyParameter string) *Problem {
	var algos, parameters []string
	for _, algo := range a.list() {
		if !slices.Contains(algos, algo.encryptAlgo) {
			algos = append(algos, algo.encryptAlgo)
		}
		if algo.encryptAlgo == encryptAlgo {
			parameters = append(parameters, algo.keyParameter)
		}
	}
	switch {
	case len(parameters) == 0:
		return &Problem{"EncryptAlgo", encryptAlgo, Reason{"must be " + or(algos, ", ", " or "), "须为 " + or(algos, "、", " 或 ")}}
	case !slices.Contains(parameters, keyParameter):
		return &Problem{"KeyParameter", keyParameter, Reason{
			"must be " + or(parameters, ", ", " or ") + " for " + encryptAlgo, "在 " + encryptAlgo + " 时须为 " + or(parameters, "、", " 或 "),
		}}
	}
	return nil
}

// or joins names by a comma, the last by a word.
func or(names []string, comma, word string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], comma) + word + names[last]
}
