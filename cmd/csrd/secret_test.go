package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"
	"csrd/tc3"
)

func TestSecretsAreInNoLogNorFileNorMetric(t *testing.T) {
	t.Parallel()
	const (
		secretID      = "AKIDofTheSecretTest"
		secretKey     = "a-secret-key-that-nobody-else-has"
		otherKey      = "another-secret-key-that-is-not-right"
		password      = "the \"pässword\" of a private key"
		firstPassword = "the password that is changed"
		newPassword   = "the password of an export"
		draftPassword = "the password of a draft"
		lostPassword  = "the password of a deleted one"
		wrongPassword = "a password that opens nothing"
		tooLong       = "a password that is refused for its length "
		domain        = "hidden.example.com"
		uin           = "100000000077"
	)
	dir := t.TempDir()
	data, temporary, exported := filepath.Join(dir, "data"), filepath.Join(dir, "temporary"), filepath.Join(dir, "exported")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	root := func(secretKey string) []string {
		return []string{"TMPDIR=" + temporary, "CSRD_ROOT_UIN=" + uin, "CSRD_ROOT_SECRET_ID=" + secretID, "CSRD_ROOT_SECRET_KEY=" + secretKey}
	}
	hidden := secrets{}
	for _, secret := range []string{secretKey, otherKey, password, firstPassword, newPassword, draftPassword, lostPassword, wrongPassword, tooLong} {
		hidden.addText(t, secret)
	}
	written := map[string][]byte{}
	note := func(when string, s *server, files map[string][]byte) {
		for name, content := range files {
			written[name+" "+when] = content
		}
		for name, content := range filesIn(t, temporary) {
			written["the temporary file "+name+" "+when] = content
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
	changed, err := c.create(draftOf(domain, "changed").with("KeyPassword", firstPassword))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.modify(changed, parameters{"Generate": true, "KeyPassword": password}); err != nil {
		t.Fatal(err)
	}
	page, err := c.describe(changed)
	if err != nil {
		t.Fatal(err)
	}
	hidden.addKey(t, "the key of a draft", *page.PrivateKey, password)
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
	page, err = c.describe(lost)
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

	_, answer := probe(t, s, "/?"+url.Values{"Action": {"CreateCSR"}, "Version": {"2019-12-05"}, "KeyPassword": {password}, "SecretKey": {secretKey}}.Encode())
	hidden.mustBeNowhere(t, map[string][]byte{"the answer to a query": []byte(answer)})

	// An export writes the key to its file and nowhere else.
	for _, export := range []struct {
		id           int64
		format, file string
	}{
		{ids[1], "pem", "key.pem"},
		{changed, "pem", "key.pem"},
		{changed, "der", "key.der"},
		{changed, "pkcs8", "key.pem"},
	} {
		folder := filepath.Join(exported, fmt.Sprintf("%d as %s", export.id, export.format))
		for _, code := range []int{0, 1} { // the second time it is there already
			cmd := csrd([]string{"TMPDIR=" + temporary, "CSRD_ENDPOINT=" + s.endpoint, "CSRD_SECRET_ID=" + secretID, "CSRD_SECRET_KEY=" + secretKey,
				"CSRD_EXPORT_PASSWORD=" + newPassword}, "export", strconv.FormatInt(export.id, 10), "--format", export.format, "--out", folder)
			said, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != code {
				t.Fatalf("csrd export: code %d, want %d:\n%s", got, code, said)
			}
			written[fmt.Sprintf("what the export to %s says, code %d,", folder, code)] = said
		}
		for name, content := range filesIn(t, folder) {
			if export.format == "pkcs8" { // its lines are new
				hidden.addKey(t, "the exported key", string(content), newPassword)
			}
			if has := len(hidden.foundIn(content)) > 0; has != (name == domain+"."+export.file) {
				t.Errorf("%s in %s: a key is in it: %v", name, folder, has)
			}
		}
	}

	// Nor is a key shown that is inspected, or that does not open.
	own := filepath.Join(dir, "own")
	if err := makeCSR(own, domain, password); err != nil {
		t.Fatal(err)
	}
	ownKey, err := os.ReadFile(own + ".key")
	if err != nil {
		t.Fatal(err)
	}
	hidden.addKey(t, "the key of one's own", string(ownKey), password)
	open := plainKey(t, ownKey, password)
	for name, text := range map[string]string{"open.key": open, "wrong.txt": wrongPassword} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		code int
		args []string
	}{
		{0, []string{"call", "InspectCSR", "--Content", "file://" + filepath.Join(dir, "open.key")}},
		{0, []string{"call", "InspectCSR", "--Content", "file://" + own + ".key"}},
		{1, []string{"call", "ImportCSR", "--CSR", "file://" + own + ".csr", "--PrivateKey", "file://" + own + ".key", "--KeyPassword", "file://" + filepath.Join(dir, "wrong.txt")}},
		{1, []string{"call", "ImportCSR", "--CSR", "file://" + own + ".csr", "--PrivateKey", "file://" + filepath.Join(exported, fmt.Sprintf("%d as pem", ids[1]), domain+".key.pem")}},
		{0, []string{"call", "ImportCSR", "--CSR", "file://" + own + ".csr", "--PrivateKey", "file://" + filepath.Join(dir, "open.key"), "--KeyPassword", "file://" + filepath.Join(dir, "wrong.txt")}},
	} {
		cmd := csrd([]string{"TMPDIR=" + temporary, "CSRD_ENDPOINT=" + s.endpoint, "CSRD_SECRET_ID=" + secretID, "CSRD_SECRET_KEY=" + secretKey}, test.args...)
		said, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != test.code {
			t.Errorf("csrd %q: code %d, want %d:\n%s", test.args, got, test.code, said)
		}
		written[fmt.Sprintf("what csrd %q says", test.args)] = said
	}
	mustNotDump(t, s)

	// An access key that a command makes is in its file alone.
	made := filepath.Join(dir, "made.key")
	written["what csrd key create says"] = []byte(command(t, csrd([]string{"TMPDIR=" + temporary}, "key", "create", "--data", data, "--out", made)))
	credential, err := readCredential(made)
	if err != nil {
		t.Fatal(err)
	}
	hidden.addText(t, credential.SecretKey)
	if page, err := clientOf(t, s, credential).list(); err != nil || len(page) == 0 {
		t.Fatalf("with the key that csrd key create made: %v, %v", page, err)
	}
	written["the list of keys"] = []byte(command(t, csrd(nil, "key", "list", "--data", data, "--json")))

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
	s.kill()
	note("after a kill", s, filesIn(t, data))
	s = serve(t, data, root(secretKey), "--log-level", "debug")
	c = clientOf(t, s, tc3.Credential{SecretID: secretID, SecretKey: secretKey})
	if page, err := c.describe(changed); err != nil || page.KeyPassword == nil || *page.KeyPassword != password {
		t.Fatalf("after a kill: %+v, %v", page.KeyPassword, err)
	}
	s.stop(t)
	files = filesIn(t, data)
	if !bytes.Contains(files["csrd.db"], []byte(domain)) {
		t.Error("the database does not have the domain: this test reads the wrong files")
	}
	note("after it was served", s, files)
	if !strings.Contains(s.stderr.String(), `"secret_id":"`+secretID+`"`) {
		t.Error("the log does not have the SecretId: this test reads the wrong files")
	}

	// Nor does the record have one, nor what shows it; and its own key is a secret too.
	hidden.add("the audit key", auditKey(t, data, uin))
	written["the record"] = []byte(command(t, csrd(nil, "audit", "list", "--data", data, "--json", "--limit", "1000")))
	for _, want := range []string{`"KeyRead":true`, `"Outcome":"FailedOperation.InvalidParam"`, `"Outcome":"UnknownParameter"`} {
		if !bytes.Contains(written["the record"], []byte(want)) {
			t.Errorf("the record has no %s", want)
		}
	}
	written["the record as a table"] = []byte(command(t, csrd(nil, "audit", "list", "--data", data)))
	written["its verification"] = []byte(command(t, csrd(nil, "audit", "verify", "--data", data)))
	written["its heads"] = []byte(command(t, csrd(nil, "audit", "head", "--data", data)))
	written["a trace"] = []byte(command(t, csrd(nil, "trace", page.RequestId, "--data", data)))

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

// auditKey opens the audit key of an account in a store that is not served.
func auditKey(t *testing.T, data, uin string) []byte {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sealer := openSealer(t, store, data)
	owner, err := strconv.ParseInt(uin, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := store.AuditKey(t.Context(), csr.Owner(owner))
	if err != nil {
		t.Fatal(err)
	}
	key, err := sealer.Open(t.Context(), audit.PurposeKey, csr.Owner(owner), "1", sealed)
	if err != nil || len(key) != 32 {
		t.Fatalf("an audit key of %d bytes, %v", len(key), err)
	}
	return key
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

// mustNotDump looks at what the kernel says of a server's core dumps.
func mustNotDump(t *testing.T, s *server) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok {
			if fields := strings.Fields(rest); fields[0] != "0" || fields[1] != "0" {
				t.Errorf("core dumps are limited to %v", fields)
			}
			return
		}
	}
	t.Errorf("no limit of core dumps in\n%s", limits)
}
