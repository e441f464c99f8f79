package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/rogpeppe/go-internal/testscript"
)

// makeCSR makes FILE.csr and FILE.key as openssl would: the key, where there is
// a password, encrypted by 2048 rounds.
func makeCSR(file, domain, password string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: domain, Organization: []string{"Example"}}, DNSNames: []string{domain},
	}, key)
	if err != nil {
		return err
	}
	label := "PRIVATE KEY"
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if password != "" {
		label = "ENCRYPTED PRIVATE KEY"
		private, err = pkcs8.MarshalPrivateKey(key, []byte(password), pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, 2048)))
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".key", pem.EncodeToMemory(&pem.Block{Type: label, Bytes: private}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(file+".csr", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}), 0o600)
}

func scriptMakeCSR(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "makecsr FILE DOMAIN [PASSWORD]")
	password := ""
	if len(args) > 2 {
		password = args[2]
	}
	ts.Check(makeCSR(ts.MkAbs(args[0]), args[1], password))
}

// As many files as a rate limit of ten a second refuses at once are imported
// all the same, each with its key.
func TestImportOfManyFilesOutlastsTheRateLimit(t *testing.T) {
	t.Parallel()
	const many = 25
	dir := t.TempDir()
	for n := range many {
		if err := makeCSR(filepath.Join(dir, fmt.Sprint(n)), fmt.Sprintf("h%d.example.com", n), ""); err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	s := serve(t, data, nil, "--rate-limit", "10")
	credential, err := rootCredential(data)
	if err != nil {
		t.Fatal(err)
	}
	out, err := csrd([]string{"CSRD_ENDPOINT=" + s.endpoint, "CSRD_SECRET_ID=" + credential.SecretID, "CSRD_SECRET_KEY=" + credential.SecretKey},
		"import", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d imported.", many)) || strings.Count(string(out), "with key") != many {
		t.Errorf("import of %d CSRs: %v\n%s", many, err, out)
	}
}
