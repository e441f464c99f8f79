package inventory_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// keyPassword is that of the fixture encryptedKey, in the transcripts too.
const keyPassword = "123abcccaa"

// template is a CSR with all that a record takes of one.
func template() *x509.CertificateRequest {
	return &x509.CertificateRequest{
		Subject: pkix.Name{
			CommonName: "www.example.com", Organization: []string{"云知"}, OrganizationalUnit: []string{"Light", "Heavy"},
			Locality: []string{"Changsha"}, Province: []string{"Hunan"}, Country: []string{"CN"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("pki@example.com")}}},
		},
		DNSNames: []string{"www.example.com", "example.com"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, EmailAddresses: []string{"a@example.com"},
	}
}

func request(t *testing.T, template *x509.CertificateRequest, key crypto.Signer) []byte {
	t.Helper()
	der, err := smx509.CreateCertificateRequest(rand.Reader, template, key)
	must(t, err)
	return der
}

func pemOf(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func plainKey(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return pemOf("PRIVATE KEY", der)
}

// encryptedKey encrypts as openssl does by default: 2048 rounds.
func encryptedKey(t *testing.T, key crypto.Signer, password string) string {
	t.Helper()
	der, err := pkcs8.MarshalPrivateKey(key, []byte(password), pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, 2048)))
	must(t, err)
	return pemOf("ENCRYPTED PRIVATE KEY", der)
}

// costlyKey asks for a billion rounds, which nobody ever did.
func costlyKey(t *testing.T) string {
	t.Helper()
	type algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters any
	}
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Data      []byte
	}{algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, struct{ Derivation, Encryption algorithm }{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, struct {
			Salt   []byte
			Rounds int
		}{make([]byte, 16), 1_000_000_000}},
		algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, make([]byte, 16)},
	}}, make([]byte, 64)})
	must(t, err)
	return pemOf("ENCRYPTED PRIVATE KEY", der)
}

// fixtures are CSRs and keys made for one run: none is kept in the repository.
func fixtures(t *testing.T) *strings.Replacer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	sm2Key, err := sm2.GenerateKey(rand.Reader)
	must(t, err)
	sec1, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	der := request(t, template(), key)
	tampered := append([]byte{}, der...)
	tampered[len(tampered)-1] ^= 1
	long := template()
	long.Subject.Organization = []string{strings.Repeat("长", 65)}
	long.Subject.Locality = []string{"a\x07b"}
	var pairs []string
	for name, text := range map[string]string{
		"csr":          pemOf("CERTIFICATE REQUEST", der),
		"csrDER":       base64.StdEncoding.EncodeToString(der),
		"csrRenewal":   pemOf("NEW CERTIFICATE REQUEST", request(t, &x509.CertificateRequest{DNSNames: []string{"*.example.org", "example.org"}}, key)),
		"csrTampered":  pemOf("CERTIFICATE REQUEST", tampered),
		"csrLong":      pemOf("CERTIFICATE REQUEST", request(t, long, key)),
		"csrSmall":     pemOf("CERTIFICATE REQUEST", request(t, template(), small)),
		"csrSM2":       pemOf("CERTIFICATE REQUEST", request(t, template(), sm2Key)),
		"csrNobody":    pemOf("CERTIFICATE REQUEST", request(t, &x509.CertificateRequest{}, other)),
		"key":          plainKey(t, key),
		"keySEC1":      pemOf("EC PRIVATE KEY", sec1),
		"keyEncrypted": encryptedKey(t, key, keyPassword),
		"keyCostly":    costlyKey(t),
		"keyOther":     plainKey(t, other),
		"keySM2":       plainKey(t, sm2Key),
	} {
		quoted, err := json.Marshal(text)
		must(t, err)
		pairs = append(pairs, "${"+name+"}$", strings.Trim(string(quoted), `"`))
	}
	return strings.NewReplacer(pairs...)
}
