package front_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/front"
	"csrd/tc3"
)

// The one access key of these tests, and when they take place.
const (
	uin       csr.Owner  = 100000000001
	secretID             = "AKIDexample"
	secretKey csr.Secret = "SKexample0123456789"
	requestID            = "f00f136b-c0c8-476a-8097-b1bdfc9d330f"
	host                 = "csrd.example.test:9402"
	version              = "2020-01-01"
)

var now = time.Date(2026, 11, 23, 9, 48, 47, 0, time.UTC)

// errDetail is what no caller is to see.
var errDetail = errors.New("disk /dev/sda1 is on fire")

// The toy service of these tests: it echoes, or fails.
type toy struct{}

type echoRequest struct {
	Text string `api:"required"`
	Rest string
}

type echoResponse struct {
	Text     string
	Uin      int64
	User     string `json:",omitempty"`
	SecretID string
	Left     int64 // seconds until the time is up
	action.Reply
}

func (toy) echo(ctx context.Context, call *action.Call, r *echoRequest) (*echoResponse, error) {
	left := int64(-1)
	if deadline, ok := ctx.Deadline(); ok {
		left = int64(time.Until(deadline).Round(time.Second) / time.Second)
	}
	return &echoResponse{Text: r.Text, Uin: call.Caller.Uin, User: call.Caller.User, SecretID: call.Caller.SecretID, Left: left}, nil
}

// answer is a response with nothing of its own.
type answer struct{ action.Reply }

func define(name string, err error) action.Action[toy] {
	return action.Define(action.Meta{Name: name}, func(toy, context.Context, *action.Call, *struct{}) (*answer, error) {
		return &answer{}, err
	})
}

func toyTable() action.Table[toy] {
	return action.Table[toy]{Product: "toy", Version: version, Actions: []action.Action[toy]{
		action.Define(action.Meta{Name: "Echo"}, toy.echo),
		define("Refuse", action.Fail("FailedOperation", action.Text{En: `R&D <refuses> "it"`, Zh: `研发部<拒绝>"&"`}).Because(errDetail)),
		define("Fail", errDetail),
		action.Define(action.Meta{Name: "Panic"}, func(toy, context.Context, *action.Call, *struct{}) (*answer, error) {
			panic(errDetail)
		}),
		action.Define(action.Meta{Name: "Nothing"}, func(toy, context.Context, *action.Call, *struct{}) (*answer, error) {
			return nil, nil
		}),
	}}
}

// keys is a front.Keys with the one access key. An error that is set is what
// its methods return.
type keys struct {
	findErr, secretErr error
	user               string // whose it is; "" is the root
	used               func(secretID string, at time.Time)
}

func (k *keys) Find(_ context.Context, id string) (cam.AccessKey, error) {
	if k.findErr != nil {
		return cam.AccessKey{}, k.findErr
	}
	if id != secretID {
		return cam.AccessKey{}, cam.ErrNoKey
	}
	return cam.AccessKey{SecretID: id, Owner: uin, User: k.user, Version: 1, Enabled: true}, nil
}

func (k *keys) Used(key cam.AccessKey, at time.Time) {
	if k.used != nil {
		k.used(key.SecretID, at)
	}
}

// noTokens is where none was issued.
type noTokens struct{}

func (noTokens) Find(context.Context, time.Time, string, string) (cam.AccessKey, error) {
	return cam.AccessKey{}, cam.ErrToken
}

func (k *keys) Secret(context.Context, cam.AccessKey) (csr.Secret, error) {
	return secretKey, k.secretErr
}

// logBuffer is a log that is read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// lines returns the lines of the log with a message.
func (b *logBuffer) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(b.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("the log has the line %q: %v", line, err)
		}
		if fields["msg"] == message {
			all = append(all, fields)
		}
	}
	return all
}

// server is the toy behind its front.
type server struct {
	*front.Handler
	api  *front.API
	keys keys
	ping func(context.Context) error
	log  logBuffer
}

// newServer returns a server, with settings that the changes make others.
func newServer(changes ...func(*front.Settings)) *server {
	s := &server{ping: func(context.Context) error { return nil }}
	settings := front.Settings{
		Dispatcher:   action.NewDispatcher(toyTable().Bind(toy{})),
		Keys:         &s.keys,
		Tokens:       noTokens{},
		Log:          slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics:      front.NewMetrics(),
		Now:          func() time.Time { return now },
		NewRequestID: func() string { return requestID },
	}
	for _, change := range changes {
		change(&settings)
	}
	s.api = front.NewAPI(settings)
	s.Handler = front.NewHandler(s.api, func(ctx context.Context) error { return s.ping(ctx) })
	return s
}

// do answers a request without a network.
func (s *server) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A change is what a test does to a request.
type change func(*http.Request)

// call makes a signed request, which the changes before the signing and those
// after it make another.
func call(action, body string, before, after []change) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", action)
	r.Header.Set("X-TC-Version", version)
	for _, c := range before {
		c(r)
	}
	sign(r, secretID, secretKey, now, body)
	for _, c := range after {
		c(r)
	}
	return r
}

func sign(r *http.Request, id string, key csr.Secret, at time.Time, body string) {
	tc3.Sign(&tc3.Request{Method: r.Method, RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: []byte(body)},
		tc3.Credential{SecretID: id, SecretKey: string(key)}, "toy", at)
}

// answered is a response of the API.
type answered struct {
	Text, User, SecretID, RequestId string
	Uin, Left                       int64
	Error                           *struct{ Code, Message string }
}

// read reads a response, whose status and content type never say what came of
// the request.
func read(t testing.TB, status int, header http.Header, body io.Reader) answered {
	t.Helper()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType := header.Values("Content-Type"); status != http.StatusOK || !slices.Equal(contentType, []string{"application/json"}) {
		t.Errorf("status %d with content type %q, want 200 with application/json alone", status, contentType)
	}
	var envelope struct{ Response answered }
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&envelope); err != nil {
		t.Fatalf("answered %q: %v", text, err)
	}
	return envelope.Response
}

func readRecorded(t testing.TB, w *httptest.ResponseRecorder) answered {
	t.Helper()
	return read(t, w.Code, w.Result().Header, w.Body)
}

// wantError fails unless the answer is an error with a code and a message.
func wantError(t testing.TB, got answered, code action.Code, message string) {
	t.Helper()
	if got.Error == nil {
		t.Errorf("answered %+v, want %s", got, code)
		return
	}
	if got.Error.Code != string(code) || got.Error.Message != message {
		t.Errorf("answered %s: %s\nwant     %s: %s", got.Error.Code, got.Error.Message, code, message)
	}
}

func set(name, value string) change { return func(r *http.Request) { r.Header.Set(name, value) } }

func del(name string) change { return func(r *http.Request) { r.Header.Del(name) } }
