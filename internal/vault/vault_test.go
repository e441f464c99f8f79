package vault_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/seal"
	"csrd/internal/vault"
	"csrd/internal/vaulttest"
)

// serve returns a fake Vault and the URI of its key "csrd".
func serve(t *testing.T) (fake *vaulttest.Vault, uri string) {
	t.Helper()
	fake = vaulttest.New()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fake, uriOf(server, "csrd")
}

func uriOf(server *httptest.Server, name string) string {
	return "hcvault+" + server.URL + "/transit/keys/" + name
}

func open(t *testing.T, uri string, set vault.Setting) *vault.Key {
	t.Helper()
	key, err := vault.Open(uri, set)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var withToken = vault.Setting{Token: vaulttest.Token}

func mustWrap(t *testing.T, key *vault.Key, plain, bound string) []byte {
	t.Helper()
	wrapped, err := key.Wrap(t.Context(), []byte(plain), []byte(bound))
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func wantUnwrap(t *testing.T, key *vault.Key, wrapped []byte, bound, want string) {
	t.Helper()
	if got, err := key.Unwrap(t.Context(), wrapped, []byte(bound)); err != nil || string(got) != want {
		t.Errorf("it unwraps to %q with error %v, want %q", got, err, want)
	}
}

func wantAway(t *testing.T, key *vault.Key, wrapped []byte) {
	t.Helper()
	var away *seal.AwayError
	_, err := key.Wrap(t.Context(), []byte("key"), []byte("bound"))
	if !errors.As(err, &away) || !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("wrap: error %v, want an AwayError that is %v", err, csr.ErrUnavailable)
	}
	_, err = key.Unwrap(t.Context(), wrapped, []byte("bound"))
	if !errors.As(err, &away) || errors.Is(err, seal.ErrSealed) {
		t.Errorf("unwrap: error %v, want an AwayError that is not %v", err, seal.ErrSealed)
	}
	if strings.Contains(err.Error(), vaulttest.Token) {
		t.Errorf("the error shows the token: %v", err)
	}
}

func TestKeyUnwrapsWhatItWrappedForTheSameAssociatedDataAlone(t *testing.T) {
	_, uri := serve(t)
	key := open(t, uri, withToken)
	wrapped := mustWrap(t, key, "a data key", "bound")
	if strings.Contains(string(wrapped), "a data key") {
		t.Errorf("wrapped, it is %q", wrapped)
	}
	wantUnwrap(t, key, wrapped, "bound", "a data key")
	altered := append([]byte(nil), wrapped...)
	altered[len(altered)-5] ^= 1
	for name, test := range map[string]struct{ wrapped, bound string }{
		"bound to another":   {string(wrapped), "another"},
		"bound to nothing":   {string(wrapped), ""},
		"altered":            {string(altered), "bound"},
		"not of Vault":       {"something", "bound"},
		"empty":              {"", "bound"},
		"of no such version": {strings.Replace(string(wrapped), ":v1:", ":v9:", 1), "bound"},
	} {
		if got, err := key.Unwrap(t.Context(), []byte(test.wrapped), []byte(test.bound)); !errors.Is(err, seal.ErrSealed) || len(got) > 0 {
			t.Errorf("%s: it unwraps to %q with error %v, want %v", name, got, err, seal.ErrSealed)
		}
	}
	if err := seal.Probe(t.Context(), key); err != nil {
		t.Error(err)
	}
}

// Vault rotates the key of a name by itself: what an older version wrapped
// still unwraps, and what is wrapped anew tells the new version.
func TestKeyThatVaultRotatesKeepsWorking(t *testing.T) {
	fake, uri := serve(t)
	key := open(t, uri, withToken)
	id := key.ID()
	first := mustWrap(t, key, "one", "bound")
	fake.Rotate("csrd", 1)
	second := mustWrap(t, key, "two", "bound")
	wantUnwrap(t, key, first, "bound", "one")
	wantUnwrap(t, key, second, "bound", "two")
	for want, wrapped := range map[string][]byte{"v1": first, "v2": second} {
		if got, ok := vault.Version(wrapped); !ok || got != want {
			t.Errorf("version %q, %t, want %q", got, ok, want)
		}
	}
	if key.ID() != id {
		t.Error("its id has changed")
	}
	fake.Rotate("csrd", 2) // and the first is forbidden
	if _, err := key.Unwrap(t.Context(), first, []byte("bound")); !errors.Is(err, seal.ErrSealed) || !strings.Contains(err.Error(), "too old") {
		t.Errorf("error %v, want what Vault says of it", err)
	}
}

func TestVaultThatIsAwayIsTold(t *testing.T) {
	fake, uri := serve(t)
	key := open(t, uri, withToken)
	wrapped := mustWrap(t, key, "key", "bound")
	for _, status := range []int{403, 404, 500, 502, 503} {
		fake.Fail(status)
		wantAway(t, key, wrapped)
	}
	fake.Fail(0)
	fake.SetToken("another")
	wantAway(t, key, wrapped)
	fake.SetToken(vaulttest.Token)
	wantUnwrap(t, key, wrapped, "bound", "key")

	gone := httptest.NewServer(fake)
	key = open(t, uriOf(gone, "csrd"), withToken)
	gone.Close()
	wantAway(t, key, wrapped)
	wantAway(t, open(t, uri, vault.Setting{}), wrapped) // without a token
	wantAway(t, open(t, uri, vault.Setting{TokenFile: filepath.Join(t.TempDir(), "missing")}), wrapped)
}

// A Vault that takes the connection and then says nothing is given up: when
// the caller does, and in any case after a while.
func TestVaultThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	fake, uri := serve(t)
	key := open(t, uri, withToken)
	release := make(chan struct{})
	fake.Hold(release)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := key.Wrap(ctx, []byte("key"), nil)
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("given up by the caller: %v", err)
	}
	started := time.Now()
	if _, err := key.Wrap(t.Context(), []byte("key"), nil); !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("never answered: %v", err)
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("it was waited for for %v", took)
	}
	close(release)
}

func TestTokenFileIsReadForEachCall(t *testing.T) {
	fake, uri := serve(t)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(vaulttest.Token)
	key := open(t, uri, vault.Setting{TokenFile: file})
	wrapped := mustWrap(t, key, "key", "bound")
	fake.SetToken("renewed")
	wantAway(t, key, wrapped)
	write("renewed")
	wantUnwrap(t, key, wrapped, "bound", "key")
	write("")
	wantAway(t, key, wrapped)
}

func TestCAOfVaultIsTrusted(t *testing.T) {
	server := httptest.NewTLSServer(vaulttest.New())
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the client that does not trust it
	uri := "hcvault" + strings.TrimPrefix(server.URL, "https") + "/transit/keys/csrd"
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	wantAway(t, open(t, uri, withToken), nil)
	mustWrap(t, open(t, uri, vault.Setting{Token: vaulttest.Token, CAFile: ca}), "key", "bound")
	t.Setenv("VAULT_CACERT", ca)
	mustWrap(t, open(t, uri, withToken), "key", "bound")
	if _, err := vault.Open(uri, vault.Setting{CAFile: filepath.Join(t.TempDir(), "missing")}); err == nil {
		t.Error("a CA file that is not there is taken")
	}
}

func TestURIThatIsNotThatOfAKeyIsRefused(t *testing.T) {
	for _, uri := range []string{
		"", "csrd", "https://vault:8200/transit/keys/csrd", "hcvault:///transit/keys/csrd", "hcvault://vault:8200",
		"hcvault://vault:8200/transit/csrd", "hcvault://vault:8200/keys/csrd", "hcvault://root:s3cret@vault:8200/transit/keys/csrd",
		"hcvault://vault:8200/transit/keys/csrd?token=s3cret", "hcvault://vault:8200/transit/keys/csrd#s3cret", "%s3cret",
	} {
		_, err := vault.Open(uri, withToken)
		if err == nil {
			t.Errorf("%q is taken", uri)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the error shows it: %v", uri, err)
		}
	}
	for _, host := range []string{"vault:8200", "192.0.2.1:8200", "localhost.example.com"} {
		uri := "hcvault+http://" + host + "/transit/keys/csrd"
		if _, err := vault.Open(uri, withToken); err == nil || !strings.Contains(err.Error(), "in the clear") {
			t.Errorf("%q without TLS: error %v", uri, err)
		}
		open(t, uri, vault.Setting{Token: vaulttest.Token, AllowPlainHTTP: true})
	}
	for _, host := range []string{"localhost:8200", "127.0.0.1:8200", "[::1]:8200"} {
		open(t, "hcvault+http://"+host+"/transit/keys/csrd", withToken)
	}
}

func TestIDIsOfTheKeysPathAlone(t *testing.T) {
	id := func(uri string) seal.KeyID { return open(t, uri, withToken).ID() }
	one := id("hcvault://vault:8200/transit/keys/csrd")
	if one != id("hcvault://other.example.com/transit/keys/csrd") || one != id("hcvault+http://127.0.0.1:8200/transit/keys/csrd") {
		t.Error("it depends on how Vault is reached")
	}
	if one == id("hcvault://vault:8200/transit/keys/csrd2") || one == id("hcvault://vault:8200/team/transit/keys/csrd") {
		t.Error("two keys have the same id")
	}
}
