package csr_test

import (
	"crypto"
	"encoding/pem"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/testtool"

	"github.com/emmansun/gmsm/smx509"
)

func extended() *csr.Generator { return csr.NewGenerator(csr.ExtendedAlgorithms, 0) }

// keyAlgorithms are all that csrd makes keys of.
var keyAlgorithms = []struct {
	encryptAlgo, keyParameter string
	extended                  bool
	key, signature            string // as openssl prints them
}{
	{"RSA", "2048", false, "Public-Key: (2048 bit)", "sha256WithRSAEncryption"},
	{"RSA", "3072", true, "Public-Key: (3072 bit)", "sha256WithRSAEncryption"},
	{"RSA", "4096", false, "Public-Key: (4096 bit)", "sha256WithRSAEncryption"},
	{"ECC", "prime256v1", false, "ASN1 OID: prime256v1", "ecdsa-with-SHA256"},
	{"ECC", "secp384r1", true, "ASN1 OID: secp384r1", "ecdsa-with-SHA384"},
	{"ECC", "secp521r1", true, "ASN1 OID: secp521r1", "ecdsa-with-SHA512"},
	{"EdDSA", "ed25519", true, "ED25519 Public-Key", "Signature Algorithm: ED25519"},
	{"SM2", "sm2p256v1", true, "ASN1 OID: SM2", "SM2-with-SM3"},
}

// verify parses a CSR, checks its signature as openssl does not, and returns
// its public key.
func verify(t *testing.T, request string, sm2 bool) crypto.PublicKey {
	t.Helper()
	if !sm2 {
		parsed := parse(t, request)
		if err := parsed.CheckSignature(); err != nil {
			t.Errorf("Go does not verify the CSR: %v", err)
		}
		return parsed.PublicKey
	}
	parsed, err := smx509.ParseCertificateRequestPEM([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.CheckSignature(); err != nil {
		t.Errorf("gmsm does not verify the CSR: %v", err)
	}
	if parsed.SignatureAlgorithm != smx509.SM2WithSM3 {
		t.Errorf("the signature is %v", parsed.SignatureAlgorithm)
	}
	return parsed.PublicKey
}

func TestEveryAlgorithmMakesAKeyAndCSRThatOthersVerify(t *testing.T) {
	generator := extended()
	for _, algo := range keyAlgorithms {
		t.Run(algo.encryptAlgo+algo.keyParameter, func(t *testing.T) {
			d := good()
			d.EncryptAlgo, d.KeyParameter = algo.encryptAlgo, algo.keyParameter
			request, key, err := generator.Generate(t.Context(), d, "")
			if err != nil {
				t.Fatal(err)
			}
			public := verify(t, request, algo.encryptAlgo == "SM2")
			if encryptAlgo, keyParameter, ok := csr.KeyName(public); !ok || encryptAlgo != algo.encryptAlgo || keyParameter != algo.keyParameter {
				t.Errorf("the key is one of %s %s", encryptAlgo, keyParameter)
			}

			requestFile := write(t, "csr.pem", request)
			args := []string{"req", "-in", requestFile, "-verify", "-noout", "-text"}
			if algo.encryptAlgo == "SM2" { // openssl has no identity of the signer by default
				args = append(args, "-vfyopt", "distid:1234567812345678")
			}
			text := openssl(t, args...)
			for _, want := range []string{"verify OK", algo.key, algo.signature, "DNS:www.example.com"} {
				if !strings.Contains(text, want) {
					t.Errorf("openssl does not print %q in\n%s", want, text)
				}
			}
			if block, _ := pem.Decode(key); block.Type != "PRIVATE KEY" {
				t.Errorf("the key is a %s", block.Type)
			}
			const password = "p4ss wörd"
			signer, err := csr.ParsePrivateKey(key, "")
			if err != nil {
				t.Fatal(err)
			}
			encrypted, err := csr.MarshalPrivateKeyCheaply(signer, password)
			if err != nil {
				t.Fatal(err)
			}
			if block, _ := pem.Decode(encrypted); block.Type != "ENCRYPTED PRIVATE KEY" {
				t.Errorf("under a password the key is a %s", block.Type)
			}
			encryptedFile := write(t, "encrypted.pem", string(encrypted))
			wrong := exec.Command(testtool.Need(t, "openssl"), "pkey", "-in", encryptedFile, "-passin", "pass:wrong", "-noout")
			if err := wrong.Run(); !errors.As(err, new(*exec.ExitError)) {
				t.Errorf("with a wrong password: %v", err)
			}
			fromCSR := openssl(t, "req", "-in", requestFile, "-pubkey", "-noout")
			for _, file := range []string{write(t, "key.pem", string(key)), encryptedFile} {
				if openssl(t, "pkey", "-in", file, "-passin", "pass:"+password, "-pubout") != fromCSR {
					t.Errorf("%s is not the key of the CSR", file)
				}
			}
		})
	}
}

// One key that is made in its turn and one that costs nothing, as what encrypts
// them is the same for all.
func TestAKeyPasswordEncryptsTheKeyWithAllRounds(t *testing.T) {
	generator := extended()
	const password = "p4ss wörd"
	for _, algo := range [][2]string{{"RSA", "2048"}, {"SM2", "sm2p256v1"}} {
		d := good()
		d.EncryptAlgo, d.KeyParameter = algo[0], algo[1]
		request, key, err := generator.Generate(t.Context(), d, password)
		if err != nil {
			t.Fatal(err)
		}
		keyFile := write(t, "key.pem", string(key))
		structure := openssl(t, "asn1parse", "-in", keyFile)
		for _, want := range []string{"PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", ":0927C0" /* 600,000 */} {
			if !strings.Contains(structure, want) {
				t.Errorf("the encrypted key has no %s:\n%s", want, structure)
			}
		}
		fromCSR := openssl(t, "req", "-in", write(t, "csr.pem", request), "-pubkey", "-noout")
		if openssl(t, "pkey", "-in", keyFile, "-passin", "pass:"+password, "-pubout") != fromCSR {
			t.Errorf("%v: the key is not that of the CSR", algo)
		}
	}
}

func TestAlgorithmsOutsideTheSetAreRefusedForDraftsToo(t *testing.T) {
	for _, algo := range keyAlgorithms {
		d := good()
		d.EncryptAlgo, d.KeyParameter = algo.encryptAlgo, algo.keyParameter
		for _, become := range []csr.Status{csr.Draft, csr.Generated} {
			if got := refused(t, tencent().Check(d, become, "")); (len(got) > 0) != algo.extended {
				t.Errorf("%s %s to become %d, of Tencent's: refused for %v", algo.encryptAlgo, algo.keyParameter, become, got)
			}
			if got := refused(t, extended().Check(d, become, "")); len(got) > 0 {
				t.Errorf("%s %s to become %d, of the extended: refused for %v", algo.encryptAlgo, algo.keyParameter, become, got)
			}
		}
	}
}

func TestARefusedAlgorithmNamesThoseThatAreAllowed(t *testing.T) {
	for _, test := range []struct {
		generator                 *csr.Generator
		encryptAlgo, keyParameter string
		want, wantZh              string
	}{
		{tencent(), "SM2", "sm2p256v1", "EncryptAlgo `SM2` must be RSA or ECC", "EncryptAlgo `SM2` 须为 RSA 或 ECC"},
		{tencent(), "RSA", "3072", "KeyParameter `3072` must be 2048 or 4096 for RSA", "KeyParameter `3072` 在 RSA 时须为 2048 或 4096"},
		{tencent(), "ECC", "secp384r1", "KeyParameter `secp384r1` must be prime256v1 for ECC", "KeyParameter `secp384r1` 在 ECC 时须为 prime256v1"},
		{extended(), "DSA", "2048", "EncryptAlgo `DSA` must be RSA, ECC, EdDSA or SM2", "EncryptAlgo `DSA` 须为 RSA、ECC、EdDSA 或 SM2"},
		{extended(), "RSA", "1024", "KeyParameter `1024` must be 2048, 3072 or 4096 for RSA", "KeyParameter `1024` 在 RSA 时须为 2048、3072 或 4096"},
		{extended(), "ECC", "secp224r1", "KeyParameter `secp224r1` must be prime256v1, secp384r1 or secp521r1 for ECC",
			"KeyParameter `secp224r1` 在 ECC 时须为 prime256v1、secp384r1 或 secp521r1"},
	} {
		d := good()
		d.EncryptAlgo, d.KeyParameter = test.encryptAlgo, test.keyParameter
		invalid := &csr.InvalidError{Problems: refused(t, test.generator.Check(d, csr.Draft, ""))}
		if text := invalid.Text(); text.En != test.want || text.Zh != test.wantZh {
			t.Errorf("%s %s: %q, %q", test.encryptAlgo, test.keyParameter, text.En, text.Zh)
		}
	}
}

func TestAlgorithmsAreReadAsTheyAreWritten(t *testing.T) {
	for _, set := range []csr.Algorithms{csr.TencentAlgorithms, csr.ExtendedAlgorithms} {
		if read, err := csr.ParseAlgorithms(set.String()); err != nil || read != set {
			t.Errorf("%s is read as %s, %v", set, read, err)
		}
	}
	if _, err := csr.ParseAlgorithms("all"); err == nil || err.Error() != "it must be tencent or extended" {
		t.Errorf("error %v", err)
	}
}
