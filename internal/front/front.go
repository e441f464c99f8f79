// Package front answers HTTP: it limits, reads and authenticates requests,
// hands them to the dispatcher and wraps what comes back. It knows no action.
package front

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/limit"
	"csrd/tc3"
)

// RequestTimeout is the time that a request has once it is read.
const RequestTimeout = 30 * time.Second

// headerRequestID is a response header, X-TC-RequestId as [http.Header] has it:
// the RequestId is in the body too.
const headerRequestID = "X-Tc-Requestid"

// Keys looks up access keys. [cam.Keyring] does.
type Keys interface {
	// Find returns a usable access key, or cam.ErrNoKey.
	Find(ctx context.Context, secretID string) (cam.AccessKey, error)
	// Secret opens the SecretKey of an access key.
	Secret(ctx context.Context, key cam.AccessKey) (csr.Secret, error)
	// Used notes that a request was signed with an access key.
	Used(key cam.AccessKey, at time.Time)
}

// Tokens knows the tokens of temporary credentials. [cam.Tokens] does.
type Tokens interface {
	// Find returns the temporary access key that a token stands for with a
	// SecretId, or cam.ErrToken.
	Find(ctx context.Context, now time.Time, secretID, token string) (cam.AccessKey, error)
}

// Settings are what an API works with.
type Settings struct {
	Dispatcher *action.Dispatcher
	Keys       Keys
	Tokens     Tokens
	Log        *slog.Logger
	// Quiet logs no request but those that fail for a fault of the server's.
	Quiet   bool
	Metrics *Metrics
	// RequireSignedAction refuses TC3 signatures that do not cover the action.
	RequireSignedAction bool
	// BindSignatures refuses a TC3 signature seen before with another action,
	// version or token. Without it that is logged and counted.
	BindSignatures bool
	// FailuresPerSecond is how many refusals of a signature an address is told
	// for each SecretId, and ten times as many for all; 0 for no limit.
	FailuresPerSecond int
	// RefusalDelay is how long the answer to one more is held back.
	RefusalDelay time.Duration
	// TrustedProxies are those whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Now and NewRequestID are time.Now and a random UUID but in tests.
	Now          func() time.Time
	NewRequestID func() string
}

// API answers the requests of the API, whatever their path. [NewAPI] makes it.
type API struct {
	Settings
	verifier *tc3.Verifier
	bodies   *bodies
	bindings *bindings
	failures *limit.Limiter[failureKey]
	held     chan struct{} // a place for each answer that is held back
	buffers  *sync.Pool    // of *[]byte, for answers
}

// maxFailureKeys bounds the memory of failed authentications.
const maxFailureKeys = 1 << 16

// maxHeld bounds the answers that are held back at once; the others are not.
const maxHeld = 1000

// failureKey is whose failures are counted together: of one SecretId, or all of
// an address.
type failureKey struct{ address, secretID string }

// NewAPI returns an API of the given settings.
func NewAPI(s Settings) *API {
	return &API{s, tc3.NewVerifier(), newBodies(), newBindings(), limit.New[failureKey](maxFailureKeys), make(chan struct{}, maxHeld), newBuffers()}
}

// exchange is what is known of a request while it is answered.
type exchange struct {
	request *http.Request
	common  common
	// secretID is that of a key there is, also where the signature is not its;
	// what names no key may be a secret in the wrong place, and is not logged.
	secretID string
	call     action.Call
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		request: r,
		common:  commonOfHeaders(r.Header),
		call:    action.Call{From: clientAddress(r, a.TrustedProxies), RequestID: a.NewRequestID(), Now: a.Now()},
	}
	started := time.Now()
	response, err := a.answer(w, x)
	var wire *action.Error
	if err != nil && !errors.As(err, &wire) {
		wire = action.InternalError(err)
	}
	a.writeEnvelope(w, x.call.RequestID, response, wire, x.common.Language)
	a.record(x, wire, time.Since(started))
}

// answer runs a request through its checks, in the order that is fixed for
// the API: method, form and size; parameters of a form; common parameters;
// signature, with the token's; product; and then what [action.Dispatcher.Do] checks.
func (a *API) answer(w http.ResponseWriter, x *exchange) (response any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			a.Log.Error("panic", "request_id", x.call.RequestID, "panic", panicked, "stack", string(debug.Stack()))
			response, err = nil, errors.New("panic")
		}
	}()
	release, err := a.bodies.acquire(x.request)
	if err != nil {
		return nil, err
	}
	defer release()
	in, err := read(w, x.request)
	if err != nil {
		return nil, err
	}
	defer clear(in.raw)
	ctx, end := withDeadline(x.request.Context(), time.Now().Add(RequestTimeout))
	defer end()
	if in.v1 {
		if x.common, in.fields, err = commonOfParameters(in.parameters); err != nil {
			return nil, err
		}
	}
	if err := x.common.check(in.v1); err != nil {
		return nil, err
	}
	if x.call.Caller, err = a.authenticate(ctx, x, in); err != nil {
		return nil, err
	}
	if refusal := checkProduct(x.request.Host, a.Dispatcher.Product()); refusal != nil {
		return nil, a.Dispatcher.Refuse(ctx, &x.call, refusal)
	}
	return a.Dispatcher.Do(ctx, &x.call, action.Request{
		Version: x.common.Version, Action: x.common.Action, Body: in.body, Fields: in.fields,
	})
}

// record counts a request and logs it in one line.
func (a *API) record(x *exchange, wire *action.Error, took time.Duration) {
	code, level := "OK", slog.LevelInfo
	if wire != nil {
		code = string(wire.Code)
		if wire.Fault && !errors.Is(wire.Cause, context.Canceled) { // a caller who went away is no failure
			level = slog.LevelError
		}
	}
	known := x.common.Action
	if !a.Dispatcher.Has(x.common.Version, known) {
		known = action.UnknownAction // a caller's text would make any number of series
	}
	a.Metrics.observe(known, code, took)
	if a.Quiet && level < slog.LevelError {
		return
	}
	ctx := context.WithoutCancel(x.request.Context())
	if !a.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.call.RequestID),
		slog.String("action", fmt.Sprintf("%.64s", x.common.Action)),
		slog.String("from", x.call.From),
	}
	if x.call.Caller.Uin != 0 {
		attrs = append(attrs, slog.String("uin", strconv.FormatInt(x.call.Caller.Uin, 10)))
	}
	if x.call.Caller.User != "" {
		attrs = append(attrs, slog.String("user", x.call.Caller.User))
	}
	if x.secretID != "" {
		attrs = append(attrs, slog.String("secret_id", x.secretID))
	}
	if wire != nil && wire.Cause != nil {
		attrs = append(attrs, slog.String("cause", wire.Cause.Error()))
	}
	attrs = append(attrs, slog.String("code", code), slog.Float64("duration_ms", float64(took.Microseconds())/1000))
	a.Log.LogAttrs(ctx, level, "request", attrs...)
}
