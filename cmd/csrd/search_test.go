package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs8"
)

// secrets are texts and bytes that must be found nowhere, by what they are.
type secrets map[string][]byte

// add adds a secret in the forms in which a program may write it.
func (s secrets) add(what string, secret []byte) {
	s[what] = secret
	s[what+" in hexadecimal"] = []byte(hex.EncodeToString(secret))
	s[what+" in capital hexadecimal"] = []byte(strings.ToUpper(hex.EncodeToString(secret)))
	for offset := range 3 { // of the secret in what is encoded, modulo three bytes
		padded := append(make([]byte, offset), secret...)
		from, to := (offset*8+5)/6, len(padded)*8/6 // the digits that are the secret's alone
		where := " in base64, offset " + strconv.Itoa(offset)
		s[what+where] = []byte(base64.RawStdEncoding.EncodeToString(padded)[from:to])
		s[what+where+", of URLs"] = []byte(base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
}

// addText adds a password or a key that is text.
func (s secrets) addText(t *testing.T, text string) {
	t.Helper()
	s.add(text, []byte(text))
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	s[text+" in JSON"] = bytes.Trim(quoted, `"`)
	s[text+" in ASCII"] = []byte(strings.Trim(strconv.QuoteToASCII(text), `"`))
	s[text+" in a query"] = []byte(url.QueryEscape(text))
	s[text+" in a path"] = []byte(url.PathEscape(text))
}

// addKey adds a private key as PEM: its lines, its bytes, and of the key that
// a password opens the numbers too.
func (s secrets) addKey(t *testing.T, what, text, password string) {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("%s is no PEM", what)
	}
	s[what+" as DER"] = block.Bytes
	s.addLines(t, what, text)
	var key any
	var err error
	if password == "" {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	} else {
		key, err = pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
	}
	if err != nil {
		t.Fatal(err)
	}
	opened, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s[what+" as plain DER"] = opened
	s.addLines(t, what+", opened", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: opened})))
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		scalar, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		s.add(what+", its scalar", scalar)
	case *rsa.PrivateKey:
		s.add(what+", its first prime", key.Primes[0].Bytes())
		s.add(what+", its second prime", key.Primes[1].Bytes())
		s.add(what+", its exponent", key.D.Bytes())
		s.add(what+", its first exponent", key.Precomputed.Dp.Bytes())
		s.add(what+", its second exponent", key.Precomputed.Dq.Bytes())
		s.add(what+", its coefficient", key.Precomputed.Qinv.Bytes())
	default:
		t.Fatalf("%s is a %T", what, key)
	}
}

// addLines adds the full lines of a key's PEM.
func (s secrets) addLines(t *testing.T, what, text string) {
	t.Helper()
	lines := 0
	for line := range strings.FieldsSeq(text) {
		if len(line) == 64 {
			s[what+", line "+line] = []byte(line)
			lines++
		}
	}
	if lines == 0 {
		t.Fatalf("%s has no full line", what)
	}
}

// foundIn returns what of the secrets a text has.
func (s secrets) foundIn(text []byte) (found []string) {
	for what, secret := range s {
		if bytes.Contains(text, secret) {
			found = append(found, what)
		}
	}
	slices.Sort(found)
	return found
}

// mustBeNowhere looks for the secrets in what was written.
func (s secrets) mustBeNowhere(t *testing.T, written map[string][]byte) {
	t.Helper()
	for _, where := range slices.Sorted(maps.Keys(written)) {
		for _, what := range s.foundIn(written[where]) {
			t.Errorf("%s has %s", where, what)
		}
	}
}

// filesIn reads every file of a directory but the master keys', by its path in it.
func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), "master.key") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What the tests look for in vain they would find.
func TestTheSearchFindsSecretsInEveryForm(t *testing.T) {
	const password = "a \"päss\" word/with+signs"
	ecc, rsaKey := keyPEM(t, "ecdsa"), keyPEM(t, "rsa")
	hidden := secrets{}
	hidden.addText(t, password)
	hidden.addKey(t, "the ECC key", ecc, "")
	hidden.addKey(t, "the RSA key", rsaKey, "")

	der := func(text string) []byte {
		block, _ := pem.Decode([]byte(text))
		return block.Bytes
	}
	parse := func(text string) any {
		key, err := x509.ParsePKCS8PrivateKey(der(text))
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	scalar, err := parse(ecc).(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	prime := parse(rsaKey).(*rsa.PrivateKey).Primes[1].Bytes()
	inJSON, err := json.Marshal(map[string]string{"Password": password, "Key": rsaKey})
	if err != nil {
		t.Fatal(err)
	}
	for name, planted := range map[string]string{
		"a password":                      password,
		"a password in JSON":              string(inJSON),
		"a password in %q":                strconv.Quote(password),
		"a password in %+q":               strconv.QuoteToASCII(password),
		"a password in a query":           url.Values{"KeyPassword": {password}}.Encode(),
		"a password in a path":            url.PathEscape(password),
		"a password in hexadecimal":       hex.EncodeToString([]byte(password)),
		"PEM":                             ecc,
		"PEM in JSON":                     strconv.Quote(rsaKey),
		"one line of PEM":                 strings.Fields(rsaKey)[20],
		"DER":                             string(der(ecc)),
		"a scalar":                        string(scalar),
		"a scalar in capital hexadecimal": strings.ToUpper(hex.EncodeToString(scalar)),
		"a prime":                         string(prime),
		"a prime in base64 of URLs":       base64.URLEncoding.EncodeToString(prime),
	} {
		for _, around := range []string{"", "1", "12", "123"} {
			if len(hidden.foundIn([]byte(around+planted+around))) == 0 {
				t.Errorf("%s is not found", name)
			}
			encoded := base64.StdEncoding.EncodeToString([]byte(around + string(scalar) + around))
			if len(hidden.foundIn([]byte(encoded))) == 0 {
				t.Errorf("a scalar behind %d bytes is not found in base64", len(around))
			}
		}
	}
	public, err := x509.MarshalPKIXPublicKey(&parse(rsaKey).(*rsa.PrivateKey).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, harmless := range []string{"", "a password", string(public), base64.StdEncoding.EncodeToString(public)} {
		if found := hidden.foundIn([]byte(harmless)); len(found) > 0 {
			t.Errorf("%.40q has %q", harmless, found)
		}
	}
}

// keyPEM makes a key and returns it as a server would.
func keyPEM(t *testing.T, kind string) string {
	t.Helper()
	var key any
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// plainKey takes the password off a key.
func plainKey(t *testing.T, text []byte, password string) string {
	t.Helper()
	block, _ := pem.Decode(text)
	key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
