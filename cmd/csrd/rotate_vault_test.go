package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"csrd/internal/vaulttest"
)

// vaultOf starts a fake Vault and returns what tells csrd of its key.
func vaultOf(t *testing.T) (fake *vaulttest.Vault, uri string, env []string) {
	t.Helper()
	fake = vaulttest.New()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fake, "hcvault+" + server.URL + "/transit/keys/csrd", []string{"CSRD_VAULT_TOKEN=" + vaulttest.Token}
}

// command runs a command that must succeed and returns its output.
func command(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

func wantKey(t *testing.T, c *client, id int64) {
	t.Helper()
	if err := checkGenerated(c, id); err != nil {
		t.Errorf("CSR %d: %v", id, err)
	}
}

// The master key moves out of the data directory into Vault, beside the running
// server, and then Vault rotates it by itself.
func TestMasterKeyMovesIntoVault(t *testing.T) {
	t.Parallel()
	fake, uri, env := vaultOf(t)
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, env, "--master-key-next-uri", uri)
	root := rootClient(t, s, data)
	id, err := root.create(draftOf("www.example.com", "").with("Generate", true))
	if err != nil {
		t.Fatal(err)
	}
	out := command(t, csrd(env, "master-key", "rotate", "--data", data, "--master-key-next-uri", uri))
	if !strings.Contains(out, "--master-key-uri "+uri+" instead of --master-key-next-uri") {
		t.Errorf("it does not say what is next:\n%s", out)
	}
	wantKey(t, root, id)
	s.stop(t)
	written := s.stderr.String() + out

	// Without the file, and with it away from Vault not at all.
	if err := os.Remove(filepath.Join(data, "master.key")); err != nil {
		t.Fatal(err)
	}
	r := refused(t, data, env)
	if r.code != 1 || !strings.Contains(r.stderr, "master.key is missing") || !strings.Contains(r.stderr, "--master-key-uri") {
		t.Errorf("without any master key: code %d\n%s", r.code, r.stderr)
	}
	written += r.stderr
	s = serve(t, data, env, "--master-key-uri", uri)
	root.endpoint = s.endpoint
	wantKey(t, root, id)
	asked := fake.Calls()
	for range 3 {
		wantKey(t, root, id)
	}
	if now := fake.Calls(); now != asked {
		t.Errorf("Vault was asked %d times for data keys that are in memory", now-asked)
	}
	fake.Rotate("csrd", 1)
	s.stop(t)
	written += s.stderr.String()

	s = serve(t, data, env, "--master-key-uri", uri)
	root.endpoint = s.endpoint
	wantKey(t, root, id)
	out = command(t, csrd(nil, "master-key", "status", "--data", data, "--master-key-uri", uri)) // needs no token
	if !strings.Contains(out, "2, v1: 2") || !strings.Contains(out, uri) {
		t.Errorf("the status does not show the version of the key in Vault:\n%s", out)
	}
	s.stop(t)
	written += s.stderr.String() + out
	if strings.Contains(written, vaulttest.Token) {
		t.Error("the token was written")
	}
}

// While Vault is away what needs it fails as a thing of the moment, in bounded
// time; what is in memory opens.
func TestVaultThatIsAwayIsASystemErrorThatPasses(t *testing.T) {
	t.Parallel()
	fake, uri, env := vaultOf(t)
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, env, "--master-key-uri", uri)
	root := rootClient(t, s, data)
	id, err := root.create(draftOf("www.example.com", "").with("Generate", true))
	if err != nil {
		t.Fatal(err)
	}
	fake.Fail(503)
	wantKey(t, root, id)
	s.stop(t)
	r := refused(t, data, env, "--master-key-uri", uri)
	if r.code != 1 || !strings.Contains(r.stderr, "cannot be asked") || !strings.Contains(r.stderr, "Vault is sealed") {
		t.Errorf("Vault is sealed: code %d\n%s", r.code, r.stderr)
	}

	// Away from the start of the server on: not even the SecretKey opens.
	fake.Fail(0)
	s = serve(t, data, env, "--master-key-uri", uri)
	root.endpoint = s.endpoint
	fake.Fail(503)
	if _, err := root.describe(id); !isAPIError(err, "ServiceUnavailable") {
		t.Errorf("Vault is sealed: %v", err)
	}
	fake.Fail(0)
	wantKey(t, root, id)
	s.stop(t)
}
