package csr_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/testtool"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// wantSPKI is the public key that openssl finds in a private key.
func wantSPKI(t *testing.T, file, passin string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(openssl(t, "pkey", "-in", file, "-passin", passin, "-pubout")))
	if block == nil {
		t.Fatal("openssl wrote no public key")
	}
	return block.Bytes
}

func gotSPKI(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := smx509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestKeysThatOpensslMakesAreReadInEveryFormat(t *testing.T) {
	testtool.Need(t, "openssl")
	for _, kind := range []struct {
		name string
		make []string // arguments of genpkey
		old  []string // command for the format before PKCS#8, if there is one
	}{
		{"RSA 2048", []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}, []string{"rsa", "-traditional"}},
		{"RSA 3072", []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"}, []string{"rsa", "-traditional"}},
		{"P-256", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, []string{"ec"}},
		{"P-384", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}, []string{"ec"}},
		{"P-521", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"}, []string{"ec"}},
		{"SM2", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"}, []string{"ec"}},
		{"Ed25519", []string{"-algorithm", "ED25519"}, nil},
	} {
		t.Run(kind.name, func(t *testing.T) {
			dir := t.TempDir()
			file := func(name string) string { return filepath.Join(dir, name) }
			openssl(t, append([]string{"genpkey", "-out", file("pkcs8.pem")}, kind.make...)...)
			want := wantSPKI(t, file("pkcs8.pem"), "pass:")
			openssl(t, "pkcs8", "-topk8", "-nocrypt", "-in", file("pkcs8.pem"), "-outform", "DER", "-out", file("pkcs8.der"))
			encrypt := func(name string, options ...string) {
				openssl(t, append([]string{"pkcs8", "-topk8", "-in", file("pkcs8.pem"), "-passout", "pass:s3cret", "-out", file(name)}, options...)...)
			}
			encrypt("sha256.enc.pem", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "2048")
			if kind.name == "P-256" { // the encryption does not look at what is in it
				encrypt("sha1.enc.pem", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-iter", "1000")
				encrypt("sha512.enc.der", "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512", "-iter", "1000", "-outform", "DER")
				encrypt("des3.enc.pem", "-v2", "des3", "-iter", "1000")
				encrypt("scrypt.enc.pem", "-scrypt")
			}
			if kind.old != nil {
				openssl(t, append(kind.old, "-in", file("pkcs8.pem"), "-out", file("old.pem"))...)
				openssl(t, append(kind.old, "-in", file("pkcs8.pem"), "-outform", "DER", "-out", file("old.der"))...)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				data := readFile(t, file(entry.Name()))
				password := csr.Secret("s3cret")
				if strings.Contains(entry.Name(), ".enc.") {
					if _, err := csr.ParsePrivateKey(data, ""); !errors.Is(err, csr.ErrKeyPasswordNeeded) {
						t.Errorf("%s without a password: %v", entry.Name(), err)
					}
					if _, err := csr.ParsePrivateKey(data, "S3cret"); !errors.Is(err, csr.ErrKeyPasswordWrong) {
						t.Errorf("%s with a wrong password: %v", entry.Name(), err)
					}
				}
				key, err := csr.ParsePrivateKey(data, password)
				if err != nil {
					t.Errorf("%s: %v", entry.Name(), err)
					continue
				}
				if !bytes.Equal(gotSPKI(t, key), want) {
					t.Errorf("%s: another key was read", entry.Name())
				}
			}
		})
	}
}

func TestAKeyIsFoundAmongOtherPEMBlocks(t *testing.T) {
	testtool.Need(t, "openssl")
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	openssl(t, "ecparam", "-name", "prime256v1", "-genkey", "-out", key) // EC PARAMETERS come first
	all := "Bag Attributes\n    friendlyName: x\r\n" + openssl(t, "pkey", "-in", key, "-pubout") + string(readFile(t, key)) +
		openssl(t, "genpkey", "-algorithm", "ED25519")
	got, err := csr.ParsePrivateKey([]byte(all), "")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(gotSPKI(t, got), wantSPKI(t, key, "pass:")) {
		t.Error("another key was read, want the first")
	}
}

// pbes2 is what looks like an encrypted key, of any cost: nothing is derived.
func pbes2(t *testing.T, kdf asn1.ObjectIdentifier, params any) []byte {
	t.Helper()
	marshal := func(v any) asn1.RawValue {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: der}
	}
	iv := make([]byte, 16)
	algorithm := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, Parameters: marshal(struct{ KDF, Cipher pkix.AlgorithmIdentifier }{
		pkix.AlgorithmIdentifier{Algorithm: kdf, Parameters: marshal(params)},
		pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, Parameters: marshal(iv)},
	})}
	return marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{algorithm, make([]byte, 64)}).FullBytes
}

var (
	pbkdf2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	scrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

func TestWhatOpeningAKeyCostsIsBoundedBeforeItIsPaid(t *testing.T) {
	type rounds struct {
		Salt []byte
		N    int64
	}
	type costs struct {
		Salt    []byte
		N, R, P int64
	}
	salt := []byte("saltsalt")
	for _, test := range []struct {
		name string
		der  []byte
		want error
	}{
		{"PBKDF2 in bounds", pbes2(t, pbkdf2, rounds{salt, 1_000}), csr.ErrKeyPasswordWrong},
		{"PBKDF2 one round too many", pbes2(t, pbkdf2, rounds{salt, 5_000_001}), csr.ErrKeyTooCostly},
		{"PBKDF2 of ages", pbes2(t, pbkdf2, rounds{salt, 1 << 62}), csr.ErrKeyTooCostly},
		{"PBKDF2 of no round", pbes2(t, pbkdf2, rounds{salt, 0}), csr.ErrNoPrivateKey},
		{"PBKDF2 of fewer", pbes2(t, pbkdf2, rounds{salt, -5}), csr.ErrNoPrivateKey},
		{"scrypt in bounds", pbes2(t, scrypt, costs{salt, 1 << 14, 8, 1}), csr.ErrKeyPasswordWrong},
		{"scrypt at the bound", pbes2(t, scrypt, costs{salt, 1 << 16, 8, 1}), csr.ErrKeyPasswordWrong},
		{"scrypt of much memory", pbes2(t, scrypt, costs{salt, 1 << 17, 8, 1}), csr.ErrKeyTooCostly},
		{"scrypt of a wide block", pbes2(t, scrypt, costs{salt, 2, 1 << 30, 1}), csr.ErrKeyTooCostly},
		{"scrypt that overflows", pbes2(t, scrypt, costs{salt, 1 << 62, 1 << 62, 1}), csr.ErrKeyTooCostly},
		{"scrypt of many lanes", pbes2(t, scrypt, costs{salt, 1 << 10, 8, 17}), csr.ErrKeyTooCostly},
		{"scrypt of no power of two", pbes2(t, scrypt, costs{salt, 1000, 8, 1}), csr.ErrKeyUnsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := csr.ParsePrivateKey(test.der, "s3cret")
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			var keyError *csr.KeyError
			if !errors.As(err, &keyError) || keyError.Reason.Zh == "" {
				t.Errorf("%T is no KeyError in two languages", err)
			}
		})
	}
}

func TestCiphersOfGMSSLAndGCMAreOpened(t *testing.T) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, encrypter := range map[string]pkcs.PBESEncrypter{
		"AES-256-GCM": pkcs.NewPBESEncrypter(pkcs.AES256GCM, pkcs.NewPBKDF2Opts(pkcs.SHA384, 16, 1000)),
		"SM4-CBC":     pkcs.NewPBESEncrypter(pkcs.SM4CBC, pkcs.NewPBKDF2Opts(pkcs.SM3, 16, 1000)),
		"SM4-GCM":     pkcs.NewPBESEncrypter(pkcs.SM4GCM, pkcs.NewPBKDF2Opts(pkcs.SM3, 16, 1000)),
	} {
		der, err := pkcs8.MarshalPrivateKey(key, []byte("s3cret"), encrypter)
		if err != nil {
			t.Fatal(err)
		}
		got, err := csr.ParsePrivateKey(der, "s3cret")
		if err != nil || !csr.SameKey(got.Public(), key.Public()) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := csr.ParsePrivateKey(der, "wrong"); !errors.Is(err, csr.ErrKeyPasswordWrong) {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
	}
}

func TestAWrongPasswordIsToldEvenWhereThePaddingLooksRight(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := pkcs8.MarshalPrivateKey(key, []byte("s3cret"), pkcs.NewPBESEncrypter(pkcs.AES128CBC, pkcs.NewPBKDF2Opts(pkcs.SHA1, 8, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 { // the padding of one in 256 looks right
		if _, err := csr.ParsePrivateKey(der, csr.Secret(fmt.Sprint("wrong", i))); !errors.Is(err, csr.ErrKeyPasswordWrong) {
			t.Fatalf("wrong password %d: %v", i, err)
		}
	}
}

func TestWhatIsNoKeyIsRefusedWithAHint(t *testing.T) {
	testtool.Need(t, "openssl")
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	openssl(t, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file("key.pem"), "-subj", "/CN=x", "-out", file("cert.pem"))
	openssl(t, "x509", "-in", file("cert.pem"), "-outform", "DER", "-out", file("cert.der"))
	openssl(t, "pkcs12", "-export", "-in", file("cert.pem"), "-inkey", file("key.pem"), "-passout", "pass:s3cret", "-out", file("file.p12"))
	openssl(t, "rsa", "-traditional", "-aes128", "-in", file("key.pem"), "-passout", "pass:s3cret", "-out", file("old.pem"))
	openssl(t, "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", file("key.pem"), "-passout", "pass:s3cret", "-out", file("pbes1.pem"))
	openssl(t, "genpkey", "-algorithm", "X25519", "-out", file("x25519.pem"))
	openssl(t, "genpkey", "-algorithm", "ED448", "-out", file("ed448.pem"))
	openssl(t, "ecparam", "-name", "secp256k1", "-genkey", "-out", file("k1.pem"))
	openssl(t, "ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout", "-out", file("explicit.pem"))
	openssl(t, "genpkey", "-algorithm", "RSA-PSS", "-out", file("pss.pem"))
	key := readFile(t, file("key.pem"))
	block, _ := pem.Decode(key)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER := x509.MarshalPKCS1PrivateKey(parsed.(*rsa.PrivateKey))
	broken := bytes.Clone(rsaDER)
	broken[300] ^= 1 // of the private exponent
	for _, test := range []struct {
		name string
		data []byte
		want error
		hint string
	}{
		{"nothing", nil, csr.ErrNoPrivateKey, "no PEM block"},
		{"text", []byte("hello"), csr.ErrNoPrivateKey, "no PEM block"},
		{"certificate", readFile(t, file("cert.pem")), csr.ErrNoPrivateKey, "no PEM block"},
		{"certificate, DER", readFile(t, file("cert.der")), csr.ErrNoPrivateKey, "damaged"},
		{"half a key", rsaDER[:len(rsaDER)/2], csr.ErrNoPrivateKey, "damaged"},
		{"bytes behind", append(bytes.Clone(rsaDER), 0), csr.ErrNoPrivateKey, "damaged"},
		{"numbers that do not belong together", broken, csr.ErrNoPrivateKey, "damaged"},
		{"longer than any key", append([]byte{0x30}, make([]byte, 9000)...), csr.ErrKeyUnsupported, "8192"},
		{"PKCS#12", readFile(t, file("file.p12")), csr.ErrKeyUnsupported, "openssl pkcs12"},
		{"RFC 1421 encryption", readFile(t, file("old.pem")), csr.ErrKeyUnsupported, "openssl pkcs8 -topk8"},
		{"PBES1", readFile(t, file("pbes1.pem")), csr.ErrKeyUnsupported, "openssl pkcs8 -topk8"},
		{"X25519", readFile(t, file("x25519.pem")), csr.ErrKeyUnsupported, "1.3.101.110"},
		{"Ed448", readFile(t, file("ed448.pem")), csr.ErrKeyUnsupported, "1.3.101.113"},
		{"RSA-PSS", readFile(t, file("pss.pem")), csr.ErrKeyUnsupported, "1.2.840.113549.1.1.10"},
		{"secp256k1", readFile(t, file("k1.pem")), csr.ErrKeyUnsupported, "1.3.132.0.10"},
		{"explicit curve", readFile(t, file("explicit.pem")), csr.ErrKeyUnsupported, "named_curve"},
		{"OpenSSH", pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte("openssh-key-v1")}), csr.ErrKeyUnsupported, "ssh-keygen"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := csr.ParsePrivateKey(test.data, "s3cret")
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.hint) {
				t.Errorf("%v, want %v with %q", err, test.want, test.hint)
			}
		})
	}
	for old, rounds := range map[string]string{"old.pem": "600000" /* as the hint says */, "pbes1.pem": "1000"} {
		openssl(t, "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", rounds, "-in", file(old), "-out", file("new.pem"),
			"-passin", "pass:s3cret", "-passout", "pass:s3cret")
		if _, err := csr.ParsePrivateKey(readFile(t, file("new.pem")), "s3cret"); err != nil {
			t.Errorf("%s, converted as the hint says: %v", old, err)
		}
	}
}

func TestTheHashOfAPublicKeyIsThatOfOpenssl(t *testing.T) {
	testtool.Need(t, "openssl")
	dir := t.TempDir()
	key, public := filepath.Join(dir, "key.pem"), filepath.Join(dir, "public.der")
	var before crypto.Signer
	for _, args := range [][]string{{"-algorithm", "ED25519"}, {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"}, {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}} {
		openssl(t, append([]string{"genpkey", "-out", key}, args...)...)
		openssl(t, "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", public)
		signer, err := csr.ParsePrivateKey(readFile(t, key), "")
		if err != nil {
			t.Fatal(err)
		}
		hash, err := csr.SPKIHash(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		if want := openssl(t, "dgst", "-sha256", public); !strings.Contains(want, fmt.Sprintf("%x", hash)) {
			t.Errorf("%v: %x, openssl says %s", args, hash, want)
		}
		if !csr.SameKey(signer.Public(), signer.Public()) || before != nil && csr.SameKey(signer.Public(), before.Public()) {
			t.Errorf("%v: keys are compared wrongly", args)
		}
		before = signer
	}
	if csr.SameKey(nil, nil) {
		t.Error("no key is the same as no key")
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	sm, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, key := range []any{ec, ed, sm} {
		for _, encrypter := range []pkcs.PBESEncrypter{
			nil, pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 8, 2)), pkcs.NewPBESEncrypter(pkcs.SM4GCM, pkcs.NewScryptOpts(8, 2, 1, 1)),
		} {
			var password []byte
			if encrypter != nil {
				password = []byte("s3cret")
			}
			der, err := pkcs8.MarshalPrivateKey(key, password, encrypter)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(der)
			f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		}
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sec1)
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := csr.ParsePrivateKey(data, "s3cret")
		var keyError *csr.KeyError
		if err != nil {
			if !errors.As(err, &keyError) {
				t.Fatalf("%v is no KeyError", err)
			}
			return
		}
		if _, err := csr.SPKIHash(key.Public()); err != nil {
			t.Fatal(err)
		}
		again, err := pkcs8.MarshalPrivateKey(key, nil, nil)
		if err != nil {
			t.Fatalf("a key was read that cannot be written: %v", err)
		}
		if back, err := csr.ParsePrivateKey(again, ""); err != nil || !csr.SameKey(back.Public(), key.Public()) {
			t.Fatalf("a key does not come back as itself: %v", err)
		}
	})
}
