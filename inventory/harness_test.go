package inventory_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/apitest"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/front"
	"csrd/internal/pgtest"
	"csrd/internal/recorder"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"
	"csrd/inventory"
	"csrd/ssl"
	"csrd/tc3"
)

var update = flag.Bool("update", false, "write the responses into the transcripts instead of comparing them")

// The accounts of the tests; their SecretId is their name.
var accounts = map[string]csr.Owner{"alice": 16373784, "bob": 2526378488}

const secretKey = "the SecretKey of both"

// harness is the server with both products, over a store in a temporary folder.
type harness struct {
	url   string
	fault *faulty
	now   time.Time
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	store, err := sqlstore.Serve(context.Background(), t.TempDir())
	must(t, err)
	return newHarnessOn(t, store)
}

var postgres pgtest.Server

func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }

// newPostgres returns a store in an empty PostgreSQL.
func newPostgres(t *testing.T) *sqlstore.Store {
	t.Helper()
	database, err := sqlstore.ParseDatabase(postgres.Database(t), 0)
	must(t, err)
	store, err := sqlstore.ServeDatabase(context.Background(), database)
	must(t, err)
	return store
}

// newHarnessOn is over a store, which it closes at the end.
func newHarnessOn(t *testing.T, store *sqlstore.Store) *harness {
	t.Helper()
	ctx := context.Background()
	h := &harness{now: time.Date(2026, 11, 24, 1, 43, 59, 0, time.UTC)}
	t.Cleanup(func() { must(t, store.Close()) })
	master, err := seal.CreateMasterKey(t.TempDir() + "/master.key")
	must(t, err)
	sealer, err := seal.New(ctx, seal.NewMasterKeys(master), store)
	must(t, err)
	auditKeys := audit.NewKeys(store, sealer)
	ctx = audit.With(ctx, audit.NewPending(auditKeys, audit.Entry{Action: "account create", Outcome: audit.OK}, nil))
	for name, uin := range accounts {
		must(t, cam.CreateRoot(ctx, store, sealer, cam.Root{Owner: uin, SecretID: name, SecretKey: secretKey}, h.now))
	}
	addGuest(ctx, t, store, sealer, h.now)
	h.fault = &faulty{Store: store}
	generator := csr.NewGenerator(csr.TencentAlgorithms, 0)
	var requests atomic.Int64
	dispatcher := action.NewDispatcher(
		ssl.Table().Bind(&ssl.Service{Store: h.fault, Sealer: sealer, Generator: generator, Zone: time.UTC, RetainDeleted: true}),
		inventory.Table().Bind(&inventory.Service{Store: h.fault, Sealer: sealer, Generator: generator}))
	dispatcher.Recorder = recorder.New(store, auditKeys, 0, recorder.NewMetrics())
	dispatcher.Authorizer = cam.NewAuthority(store)
	server := httptest.NewServer(front.NewHandler(front.NewAPI(front.Settings{
		Dispatcher: dispatcher,
		Keys:       cam.NewKeyring(store, sealer),
		Log:        slog.New(slog.DiscardHandler),
		Metrics:    front.NewMetrics(),
		Now:        func() time.Time { return h.now },
		NewRequestID: func() string {
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", requests.Add(1))
		},
	}), store.Ping))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// addGuest adds a user who may do everything in ssl to the account of alice.
func addGuest(ctx context.Context, t testing.TB, store *sqlstore.Store, sealer csr.Sealer, now time.Time) {
	t.Helper()
	const name = "guest"
	owner := accounts["alice"]
	must(t, store.CreateUser(ctx, cam.User{Owner: owner, Name: name, Enabled: true, CreateTime: now, TokensFrom: now}))
	must(t, store.Attach(ctx, owner, cam.Attachment{User: name, Policy: "QcloudSSLFullAccess", Preset: true}))
	sealed, err := sealer.Seal(ctx, cam.PurposeSecretKey, owner, name, csr.Plain(secretKey))
	must(t, err)
	must(t, store.CreateKey(ctx, cam.AccessKey{SecretID: name, Owner: owner, User: name, SecretKey: sealed, Version: 1, Enabled: true, CreateTime: now}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call sends a request a second after the one before, and returns the answer.
func (h *harness) call(t *testing.T, s apitest.Step, body []byte) []byte {
	t.Helper()
	version, product := s.Version, inventory.Product
	if version == "" {
		version = inventory.Version
		for _, spec := range ssl.Table().Specs() {
			if spec.Name == s.Action {
				version, product = ssl.Version, ssl.Product
			}
		}
	}
	h.now = h.now.Add(time.Second)
	return send(t, h.newRequest(t, s, version, product, body))
}

// newRequest signs a request as clients do.
func (h *harness) newRequest(t *testing.T, s apitest.Step, version, product string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, h.url, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", s.Action)
	r.Header.Set("X-TC-Version", version)
	tc3.Sign(&tc3.Request{Method: r.Method, Host: r.URL.Host, Header: r.Header, Body: body},
		tc3.Credential{SecretID: s.Account, SecretKey: secretKey}, product, h.now)
	return r
}

func send(t *testing.T, r *http.Request) []byte {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	return answer
}

// faulty is a store that fails, and is changed between two calls, on demand.
type faulty struct {
	csr.Store
	err       error
	meanwhile func() // is run once, after a look for a CSR
}

func (f *faulty) FindPEM(ctx context.Context, owner csr.Owner, spki []byte, pem string) (int64, bool, error) {
	if f.err != nil {
		return 0, false, f.err
	}
	id, hasKey, err := f.Store.FindPEM(ctx, owner, spki, pem)
	if run := f.meanwhile; run != nil {
		f.meanwhile = nil
		run()
	}
	return id, hasKey, err
}

// In the transcripts of this package ${name}$ stands for one of the fixtures.
func TestTranscripts(t *testing.T) { transcripts(t, *update, newHarness) }

func TestTranscriptsOnPostgreSQL(t *testing.T) {
	transcripts(t, false, func(t *testing.T) *harness { return newHarnessOn(t, newPostgres(t)) })
}

func transcripts(t *testing.T, update bool, open func(*testing.T) *harness) {
	made := fixtures(t)
	apitest.Transcripts(t, update, func(t *testing.T) apitest.Call {
		h := open(t)
		return func(t *testing.T, s apitest.Step, parameters []byte) []byte {
			h.fault.err = s.Fault
			return h.call(t, s, []byte(made.Replace(string(parameters))))
		}
	})
}

func TestTranscriptsShowEveryDocumentedCode(t *testing.T) {
	apitest.EveryCodeIsShown(t, inventory.Table().Specs(), "InspectCSR")
}

func TestSummariesAndParametersAreDocumented(t *testing.T) {
	apitest.EverythingIsDocumented(t, inventory.Table().Specs())
}

// Under a version of the cloud nothing is taken that the cloud would refuse,
// and under csrd's own nothing of the cloud's.
func TestProductsShareNoAction(t *testing.T) {
	h := newHarness(t)
	for version, specs := range map[string][]action.Spec{ssl.Version: inventory.Table().Specs(), inventory.Version: ssl.Table().Specs()} {
		for _, spec := range specs {
			answer := h.call(t, apitest.Step{Action: spec.Name, Version: version, Account: "alice"}, []byte("{}"))
			if !strings.Contains(string(answer), `"InvalidAction"`) {
				t.Errorf("%s under %s answers %s", spec.Name, version, answer)
			}
		}
	}
}
