package ssl_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/front"
	"csrd/internal/pgtest"
	"csrd/internal/recorder"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"
	"csrd/ssl"
	"csrd/tc3"
)

// Accounts of the tests; their SecretId is their name.
var accounts = map[string]csr.Owner{"alice": 16373784, "bob": 2526378488}

// capturedOwner is the account of the captured requests.
const capturedOwner csr.Owner = 100000000001

// harness is the whole server over a store in a temporary folder, with a
// clock, ids of requests and faults of its own.
type harness struct {
	url        string
	dispatcher *action.Dispatcher
	store      *sqlstore.Store
	sealer     csr.Sealer
	fault      *faulty

	mu       sync.Mutex
	now      time.Time
	requests int
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return newHarnessOf(t, csr.NewGenerator(csr.TencentAlgorithms, 0))
}

func newHarnessOf(t testing.TB, generator *csr.Generator) *harness {
	t.Helper()
	store, err := sqlstore.Serve(context.Background(), t.TempDir())
	must(t, err)
	return newHarnessOn(t, store, generator)
}

var postgres pgtest.Server

func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }

// newPostgres returns a store in an empty PostgreSQL.
func newPostgres(t testing.TB) *sqlstore.Store {
	t.Helper()
	database, err := sqlstore.ParseDatabase(postgres.Database(t), 0)
	must(t, err)
	store, err := sqlstore.ServeDatabase(context.Background(), database)
	must(t, err)
	return store
}

// newHarnessOn is over a store, which it closes at the end.
func newHarnessOn(t testing.TB, store *sqlstore.Store, generator *csr.Generator) *harness {
	t.Helper()
	ctx := context.Background()
	h := &harness{now: time.Date(2023, 8, 25, 1, 43, 59, 0, time.UTC)}
	t.Cleanup(func() { must(t, store.Close()) })
	master, err := seal.CreateMasterKey(t.TempDir() + "/master.key")
	must(t, err)
	sealer, err := seal.New(ctx, seal.NewMasterKeys(master), store)
	must(t, err)
	ctx = recording(store, sealer)
	for name, uin := range accounts {
		must(t, cam.CreateRoot(ctx, store, sealer, cam.Root{Owner: uin, SecretID: name, SecretKey: secretKey(name)}, h.now))
	}
	must(t, cam.CreateRoot(ctx, store, sealer, cam.Root{Owner: capturedOwner, SecretID: capturedID, SecretKey: capturedKey}, h.now))
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(t, err)
	h.store, h.sealer, h.fault = store, sealer, &faulty{Store: store, PolicyStore: store}
	for name, document := range policiesOf() {
		h.addUser(t, accounts["alice"], name, document)
	}
	service := &ssl.Service{Store: h.fault, Sealer: sealer, Generator: generator, Zone: zone, RetainDeleted: true}
	keys := cam.NewKeyring(store, sealer)
	h.dispatcher = action.NewDispatcher(ssl.Table().Bind(service))
	h.dispatcher.Recorder = recorder.New(store, audit.NewKeys(store, sealer), 0, recorder.NewMetrics())
	h.dispatcher.Authorizer = cam.NewAuthority(h.fault)
	api := front.NewAPI(front.Settings{
		Dispatcher: h.dispatcher,
		Keys:       keys,
		Tokens:     capturedTokens{keys},
		Log:        slog.New(slog.DiscardHandler),
		Metrics:    front.NewMetrics(),
		Now:        func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now },
		NewRequestID: func() string {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.requests++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", h.requests)
		},
	})
	server := httptest.NewUnstartedServer(nil)
	server.Config = front.NewServer(front.NewHandler(api, store.Ping), slog.New(slog.DiscardHandler))
	server.Listener = api.Listen(server.Listener, nil)
	server.Start()
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// recording is the context of what a test does to a store directly.
func recording(store *sqlstore.Store, sealer csr.Sealer) context.Context {
	return audit.With(context.Background(), audit.NewPending(audit.NewKeys(store, sealer), audit.Entry{Action: "test", Outcome: audit.OK}, nil))
}

// policiesOf are the users in the account of alice, and the documents of what
// they may do.
func policiesOf() map[string]string {
	statement := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"effect":%q,"action":%q,"resource":%q}`, effect, action, resource)
	}
	document := func(statements ...string) string {
		return `{"version":"2.0","statement":[` + strings.Join(statements, ",") + `]}`
	}
	return map[string]string{
		"operator": document(statement("allow", "ssl:*", "*")),
		"keeper":   document(statement("allow", "ssl:*", "*"), statement("allow", "csrd:ReadPrivateKey", "qcs::ssl:::csr/1")),
		"cleaner":  document(statement("allow", "ssl:BatchDeleteCSR", "*"), statement("deny", "*", "qcs::ssl:::csr/2")),
		"guest":    document(statement("allow", "ssl:DescribeCSR", "qcs::ssl:::csr/1")),
		"visitor":  document(statement("allow", "*", "*")),
	}
}

// addUser adds a user with a policy and an access key, whose SecretId is the name.
func (h *harness) addUser(t testing.TB, owner csr.Owner, name, document string) {
	t.Helper()
	ctx := recording(h.store, h.sealer)
	must(t, h.store.CreateUser(ctx, cam.User{Owner: owner, Name: name, Enabled: true, CreateTime: h.now, TokensFrom: h.now}))
	must(t, h.store.CreatePolicy(ctx, cam.Policy{Owner: owner, Name: name, Document: document, CreateTime: h.now, ChangeTime: h.now}))
	must(t, h.store.Attach(ctx, owner, cam.Attachment{User: name, Policy: name}))
	sealed, err := h.sealer.Seal(ctx, cam.PurposeSecretKey, owner, name, csr.Plain(secretKey(name)))
	must(t, err)
	must(t, h.store.CreateKey(ctx, cam.AccessKey{SecretID: name, Owner: owner, User: name, SecretKey: sealed, Version: 1, Enabled: true, CreateTime: h.now}))
}

// capturedTokens knows the one token of the captured requests.
type capturedTokens struct{ keys *cam.Keyring }

func (c capturedTokens) Find(ctx context.Context, _ time.Time, secretID, token string) (cam.AccessKey, error) {
	if secretID != capturedID || token != capturedToken {
		return cam.AccessKey{}, cam.ErrToken
	}
	return c.keys.Find(ctx, secretID)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func secretKey(account string) csr.Secret { return csr.Secret("SecretKey of " + account) }

// newRequest signs a request of an account as its clients do.
func (h *harness) newRequest(t testing.TB, account, name string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, h.url, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", name)
	r.Header.Set("X-TC-Version", ssl.Version)
	tc3.Sign(&tc3.Request{Method: r.Method, Host: r.URL.Host, Header: r.Header, Body: body},
		tc3.Credential{SecretID: account, SecretKey: string(secretKey(account))}, ssl.Product, h.now)
	return r
}

// call sends a request a second after the one before, and returns the body of
// the answer, which is what every answer is: 200 and JSON.
func (h *harness) call(t testing.TB, account, name string, body []byte) []byte {
	t.Helper()
	h.mu.Lock()
	h.now = h.now.Add(time.Second)
	h.mu.Unlock()
	response, err := http.DefaultClient.Do(h.newRequest(t, account, name, body))
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s answered %s, %s", name, response.Status, response.Header.Get("Content-Type"))
	}
	return answer
}

// faulty is a store that fails on demand.
type faulty struct {
	csr.Store
	cam.PolicyStore
	err error
}

func (f *faulty) PoliciesOf(ctx context.Context, owner csr.Owner, user string) ([]cam.Policy, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.PolicyStore.PoliciesOf(ctx, owner, user)
}

func (f *faulty) Create(ctx context.Context, c *csr.CSR) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Create(ctx, c)
}

func (f *faulty) Get(ctx context.Context, owner csr.Owner, id int64) (*csr.CSR, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Store.Get(ctx, owner, id)
}

func (f *faulty) List(ctx context.Context, owner csr.Owner, filter csr.Filter, page csr.Page) ([]csr.Record, int64, error) {
	if f.err != nil {
		return nil, 0, f.err
	}
	return f.Store.List(ctx, owner, filter, page)
}

func (f *faulty) Delete(ctx context.Context, owner csr.Owner, ids []int64, at time.Time, retain bool) ([]int64, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Store.Delete(ctx, owner, ids, at, retain)
}
