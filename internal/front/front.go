// Package front answers HTTP: it limits, reads and authenticates requests,
// hands them to the dispatcher and wraps what comes back. It knows no action.
package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/cam"
	"csrd/tc3"
)

// Limits on a request.
const (
	// MaxBody is the most bytes of a POST signed with TC3 (API page "Request
	// Structure").
	MaxBody = 10 << 20
	// requestTimeout is the time an action has.
	requestTimeout = 30 * time.Second
)

// Headers of the common parameters.
const (
	headerAction  = "X-TC-Action"
	headerVersion = "X-TC-Version"
	headerToken   = "X-TC-Token"
	// headerRequestID is a response header: the RequestId is in the body too.
	headerRequestID = "X-TC-RequestId"
)

// Keys looks up access keys. [cam.Keyring] does.
type Keys interface {
	// Find returns an enabled access key, or cam.ErrNoKey.
	Find(ctx context.Context, secretID string) (cam.AccessKey, error)
	// Secret opens the SecretKey of an access key.
	Secret(ctx context.Context, key cam.AccessKey) (csr.Secret, error)
}

// API answers the requests of the API, whatever their path.
type API struct {
	Dispatcher *action.Dispatcher
	Keys       Keys
	Log        *slog.Logger
	Metrics    *Metrics
	// Now and NewRequestID are time.Now and a random UUID but in tests.
	Now          func() time.Time
	NewRequestID func() string

	verifier tc3.Verifier
}

// exchange is what is known of a request while it is answered.
type exchange struct {
	version, action string
	call            action.Call
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	x := &exchange{
		version: r.Header.Get(headerVersion),
		action:  r.Header.Get(headerAction),
		call:    action.Call{RequestID: a.NewRequestID(), Now: a.Now()},
	}
	started := time.Now()
	response, err := a.answer(ctx, x, w, r)
	var wire *action.Error
	if err != nil && !errors.As(err, &wire) {
		wire = &action.Error{Code: action.CodeInternalError, Message: "An internal error occurred. Please try again, and name the RequestId when asking about it.", Cause: err}
	}
	writeEnvelope(w, x.call.RequestID, response, wire)
	a.record(r, x, wire, time.Since(started))
}

// answer runs a request through its checks, in the order that is fixed for
// the API: form, size, common parameters, signature, token, and then what
// [action.Dispatcher.Do] checks.
func (a *API) answer(ctx context.Context, x *exchange, w http.ResponseWriter, r *http.Request) (response any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			a.Log.Error("panic", "request_id", x.call.RequestID, "panic", panicked, "stack", string(debug.Stack()))
			response, err = nil, errors.New("panic")
		}
	}()
	if err := checkForm(r); err != nil {
		return nil, err
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if err := checkCommonParameters(r.Header); err != nil {
		return nil, err
	}
	if x.call.Caller, err = a.authenticate(ctx, x.call.Now, r, body); err != nil {
		return nil, err
	}
	if r.Header.Get(headerToken) != "" {
		return nil, action.Errorf(action.CodeTokenFailure, "The token is not valid: it was never issued here.")
	}
	return a.Dispatcher.Do(ctx, &x.call, action.Request{Version: x.version, Action: x.action, Body: body})
}

// checkForm takes POST with JSON, the one form so far.
func checkForm(r *http.Request) error {
	if r.Method != http.MethodPost {
		return action.Errorf(action.CodeUnsupportedProtocol, "The request method `%s` is not supported: this endpoint takes POST with application/json, signed with %s.", r.Method, tc3.Algorithm)
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return action.Errorf(action.CodeUnsupportedOperation, "The content type is not supported: this endpoint takes application/json, signed with %s.", tc3.Algorithm)
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, action.Errorf(action.CodeRequestSizeLimitExceeded, "The request body is larger than %d bytes.", MaxBody)
	case err != nil:
		return nil, &action.Error{Code: action.CodeInvalidParameter, Message: "The request body could not be read to its end.", Cause: err}
	}
	return body, nil
}

func checkCommonParameters(h http.Header) error {
	for _, p := range []struct{ name, header string }{
		{"Action", headerAction},
		{"Version", headerVersion},
		{"Timestamp", tc3.HeaderTimestamp},
		{"Authorization", "Authorization"},
	} {
		if h.Get(p.header) == "" {
			return action.MissingParameter(p.name)
		}
	}
	if _, err := tc3.ParseTimestamp(h.Get(tc3.HeaderTimestamp)); err != nil {
		return action.WrongType("Timestamp", action.Integer)
	}
	return nil
}

// record counts a request and logs it in one line.
func (a *API) record(r *http.Request, x *exchange, wire *action.Error, took time.Duration) {
	code, level := "OK", slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", x.call.RequestID),
		slog.String("action", fmt.Sprintf("%.64s", x.action)),
		slog.String("from", r.RemoteAddr),
	}
	if x.call.Caller.Uin != 0 {
		attrs = append(attrs, slog.String("uin", strconv.FormatInt(x.call.Caller.Uin, 10)), slog.String("secret_id", x.call.Caller.SecretID))
	}
	if wire != nil {
		code = string(wire.Code)
		if wire.Cause != nil {
			attrs = append(attrs, slog.String("cause", wire.Cause.Error()))
		}
		if wire.Code == action.CodeInternalError {
			level = slog.LevelError
		}
	}
	attrs = append(attrs, slog.String("code", code), slog.Float64("duration_ms", float64(took.Microseconds())/1000))
	a.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)

	known := x.action
	if !a.Dispatcher.Has(x.version, known) {
		known = "unknown" // a caller's text would make any number of series
	}
	a.Metrics.observe(known, code, took)
}
