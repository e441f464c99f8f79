package sdktest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// Where the environment names a server, these three say which and as whom.
const (
	envEndpoint  = "CSRD_TEST_ENDPOINT"
	envSecretID  = "CSRD_TEST_SECRET_ID"
	envSecretKey = "CSRD_TEST_SECRET_KEY"
)

// credential is an access key; a temporary one has a token.
type credential struct{ secretID, secretKey, token string }

// target is the server under test and an access key to one of its accounts,
// which may hold CSRs of others.
type target struct {
	endpoint   endpoint
	credential credential
	// own is set for a csrd that this run started, for itself alone.
	own bool
	// binary and data are those of an own csrd.
	binary, data string
	// uin is the account of the credential; empty where it is not known.
	uin string
}

// targetFromEnvironment returns the server that the environment names, if any.
func targetFromEnvironment() (t target, ok bool, err error) {
	text := os.Getenv(envEndpoint)
	if text == "" {
		return target{}, false, nil
	}
	if t.endpoint, err = parseEndpoint(text); err != nil {
		return target{}, false, fmt.Errorf("%s: %w", envEndpoint, err)
	}
	t.credential = credential{secretID: os.Getenv(envSecretID), secretKey: os.Getenv(envSecretKey)}
	if t.credential.secretID == "" || t.credential.secretKey == "" {
		return target{}, false, fmt.Errorf("%s is set: %s and %s must be too", envEndpoint, envSecretID, envSecretKey)
	}
	return t, true, nil
}

// endpoint is an address in the parts that the SDKs take.
type endpoint struct {
	scheme string // "http" or "https"
	host   string // with its port
	path   string // "" or as in /gw/api
}

func parseEndpoint(text string) (endpoint, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return endpoint{}, fmt.Errorf("%q is not a URL as http://127.0.0.1:9402", text)
	}
	return endpoint{u.Scheme, u.Host, strings.TrimSuffix(u.EscapedPath(), "/")}, nil
}

// withName returns the endpoint under another name of its machine.
func (e endpoint) withName(name string) endpoint {
	if _, port, err := net.SplitHostPort(e.host); err == nil {
		e.host = net.JoinHostPort(name, port)
	}
	return e
}

func (e endpoint) withPath(path string) endpoint {
	e.path = path
	return e
}

func (e endpoint) String() string { return e.scheme + "://" + e.host + e.path }

// loopback reports whether the endpoint is an address of this machine.
func (e endpoint) loopback() bool {
	name := e.host
	if host, _, err := net.SplitHostPort(e.host); err == nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")).IsLoopback()
}

// form is a way to write down the endpoint of one server. The SDKs derive what
// they sign, and the service they sign for, from how it is written.
type form struct {
	name     string
	endpoint endpoint
}

// forms returns the endpoint as it was given and, for a server of our own, in
// the other forms too: a server elsewhere may have no second name, and may
// stand behind a proxy that minds the path.
func (t target) forms(others ...form) []form {
	forms := []form{{"given", t.endpoint}}
	if t.own {
		forms = append(forms, others...)
	}
	return forms
}
