// Package vault is a KEK in the transit engine of HashiCorp Vault or OpenBao,
// through Tink's integration: data keys are sent there to be wrapped and
// unwrapped, and the KEK itself never leaves it.
package vault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"csrd/internal/seal"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// The schemes of a key's URI. The first is Tink's.
const (
	schemeTLS   = "hcvault"
	schemePlain = "hcvault+http"
)

// timeout bounds one call, with what is tried again of it.
const (
	timeout    = 5 * time.Second
	retryAfter = 100 * time.Millisecond
)

// Setting is how Vault is reached. What it leaves out is taken from Vault's own
// environment, such as VAULT_CACERT and VAULT_NAMESPACE.
type Setting struct {
	Token          string // or
	TokenFile      string // read for each call: who renews the token writes it there
	CAFile         string // PEM
	AllowPlainHTTP bool   // to another machine too
}

// Key is a key of the transit engine. It is a [seal.KEK].
type Key struct {
	id      seal.KeyID
	setting Setting
	client  *api.Client
	aead    tink.AEAD

	mu sync.Mutex // of the client's token
}

var _ seal.KEK = (*Key)(nil)

// Open returns the key of a URI, hcvault://HOST:PORT/MOUNT/keys/NAME, without
// asking for it yet. The URI is not repeated in an error: it may have a
// password in it, which is refused.
func Open(uri string, set Setting) (*Key, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != schemeTLS && u.Scheme != schemePlain {
		return nil, errors.New("a master key in Vault is hcvault://HOST:PORT/transit/keys/NAME, or hcvault+http:// without TLS, and nothing more")
	}
	config := api.DefaultConfig()
	if config.Error != nil {
		return nil, fmt.Errorf("the environment variables of Vault: %w", config.Error)
	}
	config.Address, config.AgentAddress = "https://"+u.Host, ""
	config.Timeout, config.MaxRetries = timeout, 1
	config.MinRetryWait, config.MaxRetryWait = retryAfter, 2*retryAfter
	if u.Scheme == schemePlain {
		if !set.AllowPlainHTTP && !isLoopback(u.Hostname()) {
			return nil, fmt.Errorf("without TLS the token and every data key would cross the network to %s in the clear: give hcvault://, or --vault-allow-plain-http", u.Host)
		}
		config.Address, config.DisableRedirects = "http://"+u.Host, true
	}
	if set.CAFile != "" {
		if err := config.ConfigureTLS(&api.TLSConfig{CACert: set.CAFile}); err != nil {
			return nil, fmt.Errorf("the CA of Vault: %w", err)
		}
	}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("reach Vault: %w", err)
	}
	client.SetToken(set.Token)
	aead, err := hcvault.NewAEAD(u.EscapedPath(), client.Logical())
	if err != nil {
		return nil, fmt.Errorf("the path %s is not that of a key in Vault, as /transit/keys/NAME", u.EscapedPath())
	}
	// Not by the host: a Vault may move, and be reached under several names.
	id := seal.ServiceKeyID(schemeTLS, strings.Trim(u.EscapedPath(), "/"))
	return &Key{id: id, setting: set, client: client, aead: aead}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ID implements [seal.KEK]. It is of the key's path, whatever Vault's address
// and however often Vault itself rotates the key.
func (k *Key) ID() seal.KeyID { return k.id }

// Wrap implements [seal.KEK].
func (k *Key) Wrap(ctx context.Context, plain, associatedData []byte) ([]byte, error) {
	return k.ask(ctx, func() ([]byte, error) { return k.aead.Encrypt(plain, associatedData) })
}

// Unwrap implements [seal.KEK].
func (k *Key) Unwrap(ctx context.Context, wrapped, associatedData []byte) ([]byte, error) {
	plain, err := k.ask(ctx, func() ([]byte, error) { return k.aead.Decrypt(wrapped, associatedData) })
	var answer *api.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusBadRequest {
		return nil, fmt.Errorf("%w: Vault says %s", seal.ErrSealed, strings.Join(answer.Errors, ", "))
	}
	return plain, err
}

// ask asks Vault with the token as it is now. Tink's integration takes no
// context: a call that is not waited for any more ends at its timeout.
func (k *Key) ask(ctx context.Context, do func() ([]byte, error)) ([]byte, error) {
	if err := k.refreshToken(); err != nil {
		return nil, &seal.AwayError{Key: k.id, Cause: err}
	}
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := do()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		var refused *api.ResponseError
		if a.err == nil || errors.As(a.err, &refused) && refused.StatusCode == http.StatusBadRequest {
			return a.text, a.err
		}
		return nil, &seal.AwayError{Key: k.id, Cause: a.err}
	case <-ctx.Done():
		return nil, &seal.AwayError{Key: k.id, Cause: ctx.Err()}
	}
}

func (k *Key) refreshToken() error {
	switch {
	case k.setting.TokenFile == "" && k.setting.Token == "":
		return errors.New("there is no token for Vault: put it into CSRD_VAULT_TOKEN or VAULT_TOKEN, or give --vault-token-file")
	case k.setting.TokenFile == "":
		return nil
	}
	text, err := os.ReadFile(k.setting.TokenFile)
	if err != nil {
		return fmt.Errorf("the token for Vault: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return fmt.Errorf("the token for Vault: %s is empty", k.setting.TokenFile)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if token != k.client.Token() {
		k.client.SetToken(token)
	}
	return nil
}

// Version tells which version of its key Vault wrapped a data key with, as in
// "vault:v3:…"; ok is false for what Vault did not wrap.
func Version(payload []byte) (version string, ok bool) {
	rest, ok := strings.CutPrefix(string(payload), "vault:")
	if !ok {
		return "", false
	}
	version, _, ok = strings.Cut(rest, ":")
	return version, ok
}
