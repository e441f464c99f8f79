package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"csrd/tc3"

	"github.com/emmansun/gmsm/pkcs8"
)

// secrets are texts and bytes that must be found nowhere, by what they are.
type secrets map[string][]byte

func (s secrets) add(what string, secret []byte) {
	s[what] = secret
	s[what+" in base64"] = []byte(strings.TrimRight(base64.StdEncoding.EncodeToString(secret), "="))
	s[what+" in hexadecimal"] = []byte(hex.EncodeToString(secret))
}

// addKey adds a private key as PEM: its lines, its bytes, and of the key that
// a password opens the numbers too.
func (s secrets) addKey(t *testing.T, what, text, password string) {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("%s is no PEM", what)
	}
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
	s[what+" as DER"] = block.Bytes
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
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		scalar, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		s.add(what+", its scalar", scalar)
	case *rsa.PrivateKey:
		s.add(what+", its first prime", key.Primes[0].Bytes())
		s.add(what+", its exponent", key.D.Bytes())
	default:
		t.Fatalf("%s is a %T", what, key)
	}
}

// mustBeNowhere looks for the secrets in what was written.
func (s secrets) mustBeNowhere(t *testing.T, written map[string][]byte) {
	t.Helper()
	for _, where := range slices.Sorted(maps.Keys(written)) {
		for what, secret := range s {
			if bytes.Contains(written[where], secret) {
				t.Errorf("%s has %s", where, what)
			}
		}
	}
}

// filesIn reads every file of a data directory but the master keys'.
func filesIn(t *testing.T, data string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), "master.key") {
			return err
		}
		content, err := os.ReadFile(path)
		files[entry.Name()] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSecretsAreInNoLogNorFileNorMetric(t *testing.T) {
	t.Parallel()
	const (
		secretID      = "AKIDofTheSecretTest"
		secretKey     = "a-secret-key-that-nobody-else-has"
		otherKey      = "another-secret-key-that-is-not-right"
		password      = "the password of a private key"
		draftPassword = "the password of a draft"
		lostPassword  = "the password of a deleted one"
		tooLong       = "a password that is refused for its length "
		domain        = "hidden.example.com"
		uin           = "100000000077"
	)
	data := filepath.Join(t.TempDir(), "data")
	root := func(secretKey string) []string {
		return []string{"CSRD_ROOT_UIN=" + uin, "CSRD_ROOT_SECRET_ID=" + secretID, "CSRD_ROOT_SECRET_KEY=" + secretKey}
	}
	hidden := secrets{}
	for _, secret := range []string{secretKey, otherKey, password, draftPassword, lostPassword, tooLong} {
		hidden.add(secret, []byte(secret))
	}
	written := map[string][]byte{}
	note := func(when string, s *server, files map[string][]byte) {
		for name, content := range files {
			written[name+" "+when] = content
		}
		written["stdout "+when], written["stderr "+when] = []byte(s.stdout.String()), []byte(s.stderr.String())
	}

	s := serve(t, data, root(secretKey), "--log-level", "debug")
	masterKey, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	hidden["the master key"] = bytes.TrimSpace(masterKey)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(masterKey)))
	if err != nil {
		t.Fatal(err)
	}
	hidden.add("the master key's bytes", raw)

	c := clientOf(t, s, tc3.Credential{SecretID: secretID, SecretKey: secretKey})
	var ids []int64
	for _, p := range []parameters{
		draftOf(domain, "plain").with("Generate", true),
		draftOf(domain, "rsa").with("Generate", true).with("EncryptAlgo", "RSA").with("KeyParameter", "2048"),
		draftOf(domain, "password").with("Generate", true).with("KeyPassword", password),
	} {
		id, err := c.create(p)
		if err != nil {
			t.Fatal(err)
		}
		page, err := c.describe(id)
		if err != nil {
			t.Fatal(err)
		}
		opens := ""
		if page.KeyPassword != nil {
			opens = *page.KeyPassword
		}
		hidden.addKey(t, "the key of "+page.Remarks, *page.PrivateKey, opens)
		ids = append(ids, id)
	}
	draft, err := c.create(draftOf(domain, "draft").with("KeyPassword", draftPassword))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := c.describe(draft); err != nil || page.KeyPassword == nil || *page.KeyPassword != draftPassword {
		t.Fatalf("%+v, %v", page, err)
	}
	lost, err := c.create(draftOf(domain, "lost").with("Generate", true).with("KeyPassword", lostPassword))
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.describe(lost)
	if err != nil {
		t.Fatal(err)
	}
	hidden.addKey(t, "the key of the deleted one", *page.PrivateKey, lostPassword)
	if _, err := c.delete(lost, ids[0]); err != nil {
		t.Fatal(err)
	}

	// What goes wrong is where secrets get into messages.
	for _, test := range []struct {
		name       string
		action     string
		parameters any
		code       string
	}{
		{"a password that breaks a rule", "CreateCSR", draftOf(domain, "").with("KeyPassword", strings.Repeat(tooLong, 4)), "FailedOperation.InvalidParam"},
		{"a password with a control character", "CreateCSR", draftOf(domain, "").with("KeyPassword", password+"\x00"), "FailedOperation.InvalidParam"},
		{"a password of the wrong type", "CreateCSR", draftOf(domain, "").with("KeyPassword", []string{password}), "InvalidParameter"},
		{"a password of a generated one", "ModifyCSR", parameters{"CSRId": ids[1], "Generate": true, "KeyPassword": password}, "FailedOperation"},
		{"a password where none belongs", "DescribeCSR", parameters{"CSRId": draft, "KeyPassword": password}, "UnknownParameter"},
	} {
		err := c.call(test.action, test.parameters, new(struct{}))
		if !isAPIError(err, test.code) {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
		hidden.mustBeNowhere(t, map[string][]byte{"the answer to " + test.name: []byte(err.Error())})
	}
	body, err := json.Marshal(draftOf(domain, "").with("KeyPassword", password))
	if err != nil {
		t.Fatal(err)
	}
	for _, authorization := range []string{secretKey, "TC3-HMAC-SHA256 Credential=" + secretKey + "/x", "Bearer " + secretKey} {
		request, err := http.NewRequest(http.MethodPost, s.endpoint, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Content-Type": "application/json", "X-TC-Action": "CreateCSR", "X-TC-Version": "2019-12-05",
			"X-TC-Timestamp": "1", "Authorization": authorization,
		} {
			request.Header.Set(name, value)
		}
		var refusal *apiError
		if err := c.send(request, new(struct{})); !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Code, "AuthFailure.") {
			t.Errorf("a malformed authorization: %v", err)
		} else {
			hidden.mustBeNowhere(t, map[string][]byte{"the answer to a malformed authorization": []byte(refusal.Error())})
		}
	}
	forger := clientOf(t, s, tc3.Credential{SecretID: secretID, SecretKey: otherKey})
	if _, err := forger.list(); !isAPIError(err, "AuthFailure.SignatureFailure") {
		t.Errorf("a wrong SecretKey: %v", err)
	}

	status, metrics := probe(t, s, "/metrics")
	if status != http.StatusOK || !strings.Contains(metrics, `action="CreateCSR",code="OK"`) {
		t.Fatalf("/metrics: %d %s", status, metrics)
	}
	hidden.mustBeNowhere(t, map[string][]byte{"/metrics": []byte(metrics)})
	for _, private := range []string{uin, secretID, domain, "example.com"} {
		if strings.Contains(metrics, private) {
			t.Errorf("/metrics has %s", private)
		}
	}

	files := filesIn(t, data)
	if !bytes.Contains(files["csrd.db-wal"], []byte(domain)) {
		t.Error("the WAL does not have the domain: this test reads the wrong files")
	}
	note("while it is served", s, files)
	s.stop(t)
	files = filesIn(t, data)
	if !bytes.Contains(files["csrd.db"], []byte(domain)) {
		t.Error("the database does not have the domain: this test reads the wrong files")
	}
	note("after it was served", s, files)
	if !strings.Contains(s.stderr.String(), `"secret_id":"`+secretID+`"`) {
		t.Error("the log does not have the SecretId: this test reads the wrong files")
	}

	// A start with another key of the root account warns, and one with another
	// master key is refused; neither shows what it got.
	s = serve(t, data, root(otherKey), "--log-level", "debug", "--deleted-retention", "1ns")
	s.waitLog(t, "destroyed deleted CSRs")
	s.stop(t)
	note("after another key", s, filesIn(t, data))
	r := refused(t, data, []string{"CSRD_MASTER_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))})
	written["stderr with a wrong master key"] = []byte(r.stderr)
	hidden.add("the wrong master key", bytes.Repeat([]byte{7}, 32))

	// Nor does the rotation of the master key, which comes by the data keys.
	written["the rotation"] = []byte(command(t, csrd(nil, "master-key", "rotate", "--data", data)))
	written["the status"] = []byte(command(t, csrd(nil, "master-key", "status", "--data", data, "--json")))
	next, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil || bytes.Equal(next, masterKey) {
		t.Fatalf("the master key is not another one: %v", err)
	}
	hidden["the next master key"] = bytes.TrimSpace(next)
	if raw, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(next))); err != nil {
		t.Fatal(err)
	}
	hidden.add("the next master key's bytes", raw)
	s = serve(t, data, root(secretKey), "--log-level", "debug")
	s.stop(t)
	note("after the rotation", s, filesIn(t, data))

	hidden.mustBeNowhere(t, written)
}

// The data directory of a first start has the SecretKey where the log says,
// and nowhere else.
func TestMadeUpSecretKeyIsInItsFileAlone(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, nil, "--log-level", "debug")
	c := rootClient(t, s, data)
	if _, err := c.list(); err != nil {
		t.Fatal(err)
	}
	hidden := secrets{}
	hidden.add("the SecretKey", []byte(c.credential.SecretKey))
	written := filesIn(t, data)
	if !bytes.Contains(written["root-credentials"], []byte(c.credential.SecretKey)) {
		t.Error("root-credentials does not have the SecretKey")
	}
	delete(written, "root-credentials")
	s.stop(t)
	for name, content := range filesIn(t, data) {
		if name != "root-credentials" {
			written[name+" after the end"] = content
		}
	}
	written["stdout"], written["stderr"] = []byte(s.stdout.String()), []byte(s.stderr.String())
	hidden.mustBeNowhere(t, written)
}
