package csr_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/csr"
)

func TestInspectReadsCertificates(t *testing.T) {
	key := ecKey(t)
	make := func(change func(*x509.Certificate)) []byte {
		template := &x509.Certificate{
			SerialNumber: bigInt(0x2a), Subject: pkix.Name{CommonName: "a.example.com"}, DNSNames: []string{"a.example.com"}, IPAddresses: []net.IP{net.ParseIP("2001:db8::1")},
			NotBefore: inspectedAt.Add(-time.Hour), NotAfter: inspectedAt.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		change(template)
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	good := inspectOne(t, make(func(*x509.Certificate) {}), "")
	wantCodes(t, good)
	if good.Kind != csr.KindCertificate || good.Serial != "2a" || good.NotAfter != "2026-11-24T13:00:00Z" || good.Signature != csr.SignatureValid || good.CA {
		t.Errorf("found %+v", good)
	}
	if want := []csr.AltName{{Type: "DNS", Value: "a.example.com"}, {Type: "IP", Value: "2001:db8::1"}}; !slices.Equal(good.AltNames, want) {
		t.Errorf("names %v, want %v", good.AltNames, want)
	}
	high := inspectOne(t, make(func(c *x509.Certificate) { c.SerialNumber = bigInt(0xf3) }), "")
	if high.Serial != "f3" { // in DER it has a byte of zeros before it
		t.Errorf("the serial number f3 is shown as %s", high.Serial)
	}
	for name, test := range map[string]struct {
		change func(*x509.Certificate)
		want   []string
	}{
		"expired":       {func(c *x509.Certificate) { c.NotAfter = inspectedAt.Add(-time.Minute) }, []string{"warning expired NotAfter"}},
		"not yet valid": {func(c *x509.Certificate) { c.NotBefore = inspectedAt.Add(time.Minute) }, []string{"warning not-yet-valid NotBefore"}},
		"a CA's": {func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.DNSNames, c.IPAddresses = true, true, nil, nil
		}, nil},
	} {
		t.Run(name, func(t *testing.T) { wantCodes(t, inspectOne(t, make(test.change), ""), test.want...) })
	}
}

// A CA that certifies its new key with its old one signs under its own name,
// and what it signs is not damaged.
func TestInspectLeavesASelfIssuedCertificateUnchecked(t *testing.T) {
	before, after := ecKey(t), ecKey(t)
	for name, ids := range map[string][2][]byte{"with key identifiers": {{1}, {2}}, "without": {}} {
		template := &x509.Certificate{
			SerialNumber: bigInt(1), Subject: pkix.Name{CommonName: "Example CA"}, NotBefore: inspectedAt.Add(-time.Hour), NotAfter: inspectedAt.Add(time.Hour),
			DNSNames: []string{"a.example.com"}, SubjectKeyId: ids[0], AuthorityKeyId: ids[1],
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, after.Public(), before)
		if err != nil {
			t.Fatal(err)
		}
		want := csr.SignatureUnchecked
		if ids[0] == nil { // nothing says that it is not self-signed
			want = csr.SignatureInvalid
		}
		if got := inspectOne(t, der, ""); got.Signature != want {
			t.Errorf("%s: the signature is %s, want %s: %v", name, got.Signature, want, codes(got))
		}
	}
}

func TestInspectDescribesPrivateKeysAndShowsNone(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	openssl(t, "ecparam", "-name", "prime256v1", "-genkey", "-out", file("sec1.pem"))
	openssl(t, "genrsa", "-traditional", "-out", file("pkcs1.pem"), "2048")
	openssl(t, "pkcs8", "-topk8", "-nocrypt", "-in", file("sec1.pem"), "-out", file("pkcs8.pem"))
	openssl(t, "pkcs8", "-topk8", "-nocrypt", "-in", file("sec1.pem"), "-outform", "DER", "-out", file("pkcs8.der"))
	openssl(t, "pkcs8", "-topk8", "-in", file("sec1.pem"), "-passout", "pass:p4ss", "-out", file("pbkdf2.pem"))
	openssl(t, "pkcs8", "-topk8", "-scrypt", "-in", file("sec1.pem"), "-passout", "pass:p4ss", "-out", file("scrypt.pem"))
	openssl(t, "pkcs8", "-topk8", "-iter", "600000", "-v2prf", "hmacWithSHA512", "-v2", "aes-128-cbc", "-in", file("sec1.pem"), "-passout", "pass:p4ss", "-out", file("strong.pem"))
	openssl(t, "pkcs8", "-topk8", "-iter", "210000", "-v2prf", "hmacWithSHA512", "-v2", "aes-128-cbc", "-in", file("sec1.pem"), "-passout", "pass:p4ss", "-out", file("sha512.pem"))
	openssl(t, "pkcs8", "-topk8", "-iter", "600000", "-v2prf", "hmacWithSHA1", "-v2", "aes-128-cbc", "-in", file("sec1.pem"), "-passout", "pass:p4ss", "-out", file("sha1.pem"))
	openssl(t, "ec", "-in", file("sec1.pem"), "-aes128", "-passout", "pass:p4ss", "-out", file("old.pem"))
	public := openssl(t, "pkey", "-in", file("sec1.pem"), "-pubout")
	block, _ := pem.Decode([]byte(public))
	spki := hexSum(block.Bytes)

	for _, test := range []struct {
		file       string
		password   csr.Secret
		encryption string
		spki       string
		findings   []string
	}{
		{"sec1.pem", "", "", spki, []string{"hint key-in-clear PrivateKey"}},
		{"pkcs8.pem", "not needed", "", spki, []string{"hint key-in-clear PrivateKey"}},
		{"pkcs8.der", "", "", spki, []string{"hint key-in-clear PrivateKey"}},
		{"pbkdf2.pem", "", "PBES2, PBKDF2 of 2048 rounds with HMAC-SHA256, AES-256-CBC", "", []string{"hint few-rounds Encryption", "hint key-encrypted PrivateKey"}},
		{"pbkdf2.pem", "p4ss", "PBES2, PBKDF2 of 2048 rounds with HMAC-SHA256, AES-256-CBC", spki, []string{"hint few-rounds Encryption"}},
		{"pbkdf2.pem", "wrong", "PBES2, PBKDF2 of 2048 rounds with HMAC-SHA256, AES-256-CBC", "", []string{"hint few-rounds Encryption", "error wrong-password PrivateKey"}},
		{"scrypt.pem", "p4ss", "PBES2, scrypt of N=16384 r=8 p=1, AES-256-CBC", spki, nil},
		{"strong.pem", "", "PBES2, PBKDF2 of 600000 rounds with HMAC-SHA512, AES-128-CBC", "", []string{"hint key-encrypted PrivateKey"}},
		{"sha512.pem", "", "PBES2, PBKDF2 of 210000 rounds with HMAC-SHA512, AES-128-CBC", "", []string{"hint key-encrypted PrivateKey"}},
		{"sha1.pem", "", "PBES2, PBKDF2 of 600000 rounds with HMAC-SHA1, AES-128-CBC", "", []string{"hint few-rounds Encryption", "hint key-encrypted PrivateKey"}},
		{"old.pem", "p4ss", "OpenSSL's old PEM encryption, AES-128-CBC", "", []string{"warning weak-derivation Encryption", "warning key-unsupported PrivateKey"}},
	} {
		t.Run(test.file+" "+string(test.password), func(t *testing.T) {
			content, err := os.ReadFile(file(test.file))
			if err != nil {
				t.Fatal(err)
			}
			item := inspectOne(t, content, test.password)
			if item.Kind != csr.KindPrivateKey || item.Encryption != test.encryption || item.SPKISHA256 != test.spki {
				t.Errorf("a %s, encrypted %q, SPKI %s", item.Kind, item.Encryption, item.SPKISHA256)
			}
			wantCodes(t, item, test.findings...)
		})
	}
	content, err := os.ReadFile(file("pkcs1.pem"))
	if err != nil {
		t.Fatal(err)
	}
	item := inspectOne(t, content, "")
	if item.EncryptAlgo != "RSA" || item.KeyParameter != "2048" {
		t.Errorf("PKCS#1: %s %s", item.EncryptAlgo, item.KeyParameter)
	}
	block, _ = pem.Decode(content)
	shown := fmt.Sprintf("%+v", item)
	for _, line := range strings.Fields(string(content)) {
		if len(line) == 64 && strings.Contains(shown, line) {
			t.Errorf("a line of the key is shown: %s", line)
		}
	}
	if len(block.Bytes) == 0 || strings.Contains(shown, string(block.Bytes[20:60])) {
		t.Error("bytes of the key are shown")
	}
	if item := inspectOne(t, []byte(public), ""); item.Kind != csr.KindPublicKey || item.SPKISHA256 != spki {
		t.Errorf("the public key: %+v", item)
	}
}
