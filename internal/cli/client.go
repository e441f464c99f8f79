package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"csrd/tc3"

	"github.com/spf13/pflag"
)

// client is what the commands that call actions are told, and calls them.
type client struct {
	endpoint      string
	secretID      string
	secretKeyFile string
	caFile        string
	timeout       time.Duration

	http *http.Client // made at the first call
}

func (c *client) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&c.endpoint, "endpoint", "http://127.0.0.1:9402", "URL of the server")
	flags.StringVar(&c.secretID, "secret-id", "", "SecretId to sign with; the token of a temporary one goes into $"+envToken)
	flags.StringVar(&c.secretKeyFile, "secret-key-file", "", "file of the SecretKey to sign with; or put it into $"+envSecretKey)
	flags.StringVar(&c.caFile, "ca-file", "", "PEM file of CAs to trust besides the system's")
	flags.DurationVar(&c.timeout, "timeout", time.Minute, "time that a call may take")
}

// apiError is an error that the server answered with.
type apiError struct {
	Code, Message string
	RequestID     string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: %s (RequestId %s)", e.Code, e.Message, e.RequestID)
}

// call signs a request and returns the object Response of the answer, which the
// caller overwrites where it has secrets.
func (c *client) call(ctx context.Context, product, version, action string, parameters []byte) (json.RawMessage, error) {
	endpoint, err := url.Parse(c.endpoint)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https" {
		return nil, usagef("--endpoint %q: it is a URL, as http://127.0.0.1:9402", c.endpoint)
	}
	credential, err := c.credential()
	if err != nil {
		return nil, err
	}
	if c.http == nil {
		if c.http, err = c.httpClient(); err != nil {
			return nil, err
		}
	}
	timed, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodPost, endpoint.String(), bytes.NewReader(parameters))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-TC-Action", action)
	request.Header.Set("X-TC-Version", version)
	request.Header.Set("X-TC-RequestClient", "csrd")
	if token := os.Getenv(envToken); token != "" { // of a temporary credential
		request.Header.Set("X-TC-Token", token)
	}
	tc3.Sign(&tc3.Request{Method: http.MethodPost, Host: endpoint.Host, Header: request.Header, Body: parameters},
		credential, product, time.Now(), "x-tc-action")
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if errors.As(err, new(*tls.CertificateVerificationError)) {
			return nil, fmt.Errorf("%w: give the CA of its certificate with --ca-file", err)
		}
		return nil, fmt.Errorf("%w: is csrd serving there?", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	defer clear(body) // what is returned is a copy
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return parseEnvelope(response.Status, body)
}

func parseEnvelope(status string, body []byte) (json.RawMessage, error) {
	var envelope struct{ Response json.RawMessage }
	var failure struct {
		Error     *apiError
		RequestId string
	}
	err := json.Unmarshal(body, &envelope)
	if err == nil {
		err = json.Unmarshal(envelope.Response, &failure)
	}
	if err != nil {
		return nil, fmt.Errorf("the answer (%s) is not one of the API: is --endpoint that of a csrd?", status)
	}
	if failure.Error != nil {
		failure.Error.RequestID = failure.RequestId
		return nil, failure.Error
	}
	return envelope.Response, nil
}

func (c *client) credential() (tc3.Credential, error) {
	credential := tc3.Credential{SecretID: c.secretID, SecretKey: os.Getenv(envSecretKey)}
	if c.secretKeyFile != "" {
		text, err := os.ReadFile(c.secretKeyFile)
		if err != nil {
			return credential, fmt.Errorf("read the SecretKey: %w", err)
		}
		credential.SecretKey = strings.TrimSpace(string(text))
		clear(text)
	}
	if credential.SecretID == "" {
		return credential, usagef("no SecretId: give --secret-id or set CSRD_SECRET_ID")
	}
	if credential.SecretKey == "" {
		return credential, usagef("no SecretKey: give --secret-key-file or set %s", envSecretKey)
	}
	return credential, nil
}

func (c *client) httpClient() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.caFile != "" {
		pem, err := os.ReadFile(c.caFile)
		if err != nil {
			return nil, fmt.Errorf("read the CAs: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca-file %s holds no certificate", c.caFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport}, nil
}
