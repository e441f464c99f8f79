package sdktest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"testing"
)

// altNames are the subject alternative names of a CSR.
type altNames struct {
	dns    []string
	ips    []net.IP
	emails []string
}

// checkCSR checks that a generated record holds a CSR of its details, signed
// with the private key beside it. commonName is its domain in ASCII form.
func checkCSR(t *testing.T, r record, commonName string, names altNames) {
	t.Helper()
	if r.CSR == nil || r.PrivateKey == nil {
		t.Fatal("a generated CSR is without its CSR or its PrivateKey")
	}
	request, err := x509.ParseCertificateRequest(decodePEM(t, "CERTIFICATE REQUEST", *r.CSR))
	if err != nil {
		t.Fatalf("CSR: %v", err)
	}
	if err := request.CheckSignature(); err != nil {
		t.Errorf("CSR: signature: %v", err)
	}
	subject := request.Subject
	for _, field := range []struct {
		name string
		got  []string
		want string
	}{
		{"CN", []string{subject.CommonName}, commonName},
		{"O", subject.Organization, r.Organization},
		{"L", subject.Locality, r.City},
		{"ST", subject.Province, r.Province},
		{"C", subject.Country, r.Country},
	} {
		if !slices.Equal(field.got, []string{field.want}) {
			t.Errorf("CSR: %s of the subject is %q, want %q", field.name, field.got, field.want)
		}
	}
	if !slices.Equal(request.DNSNames, names.dns) ||
		!slices.EqualFunc(request.IPAddresses, names.ips, net.IP.Equal) ||
		!slices.Equal(request.EmailAddresses, names.emails) {
		t.Errorf("CSR: names %q, %v, %q, want %q, %v, %q",
			request.DNSNames, request.IPAddresses, request.EmailAddresses, names.dns, names.ips, names.emails)
	}
	if kind := keyKind(request.PublicKey); kind != r.EncryptAlgo+" "+r.KeyParameter {
		t.Errorf("CSR: the key is %s, want %s %s", kind, r.EncryptAlgo, r.KeyParameter)
	}

	key, err := x509.ParsePKCS8PrivateKey(decodePEM(t, "PRIVATE KEY", *r.PrivateKey))
	if err != nil {
		t.Fatalf("PrivateKey: %v", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		t.Fatalf("PrivateKey: a %T cannot sign", key)
	}
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(request.PublicKey) {
		t.Error("PrivateKey is not the key of the CSR")
	}
}

// decodePEM returns what the one block of a PEM text holds.
func decodePEM(t *testing.T, label, text string) []byte {
	t.Helper()
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != label || len(rest) != 0 {
		t.Fatalf("not one PEM block %s but %d bytes that begin with %.40q", label, len(text), text)
	}
	return block.Bytes
}

// keyKind names a public key as EncryptAlgo and KeyParameter do.
func keyKind(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch key.N.BitLen() {
		case 2048:
			return "RSA 2048"
		case 4096:
			return "RSA 4096"
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return "ECC prime256v1"
		}
	}
	return "of another kind"
}
