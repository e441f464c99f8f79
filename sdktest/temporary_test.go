package sdktest

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// temporary is a temporary credential of a user who may do everything in ssl,
// bounded to reading.
type temporary struct{ credential }

// newTemporary makes the user, and issues the credential with the commands of
// an own csrd. Each mode has one of its own: the server tells a SecretId only
// so many refusals in a second.
func newTemporary(t *testing.T, user string) temporary {
	t.Helper()
	if !server.own {
		leaveOut(t, "the server under test is not of this run, whose commands issue temporary credentials")
	}
	operate(t, "", "user", "create", user)
	operate(t, "", "key", "create", "--user", user, "--out", filepath.Join(t.TempDir(), "key"))
	operate(t, "", "policy", "attach", "QcloudSSLFullAccess", "--user", user)
	var issued struct{ SecretId, SecretKey, Token string }
	document := `{"version":"2.0","statement":{"effect":"allow","action":"ssl:Describe*","resource":"*"}}`
	text := operate(t, document, "token", "--user", user, "--policy", "-", "--json")
	if err := json.Unmarshal([]byte(text), &issued); err != nil {
		t.Fatal(err)
	}
	return temporary{credential{issued.SecretId, issued.SecretKey, issued.Token}}
}

// operate runs a command of csrd beside the server and returns what it prints.
func operate(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(server.binary, append(args, "--data", server.data)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("csrd %v: %v", args, err)
	}
	return string(out)
}

func (c temporary) check(t *testing.T, dial dialer) {
	s := dial(t, c.credential)
	mustCall[struct{ Total int64 }](t, s, "DescribeCSRSet", map[string]any{})
	altered := c.credential
	altered.token = altered.token[:len(altered.token)-1]
	wantError(t, dial(t, altered), "AuthFailure.TokenFailure", "DescribeCSRSet", map[string]any{})
	forged := c.credential
	forged.secretKey += "x"
	wantError(t, dial(t, forged), "AuthFailure.SignatureFailure", "DescribeCSRSet", map[string]any{})
	alone := c.credential
	alone.token = ""
	wantError(t, dial(t, alone), "AuthFailure.SecretIdNotFound", "DescribeCSRSet", map[string]any{})
}
