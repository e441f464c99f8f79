package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/recorder"
	"csrd/internal/sqlstore"
	"csrd/internal/storetest"

	"github.com/prometheus/client_golang/prometheus"
)

const owner csr.Owner = 100000000001

var errAway = fmt.Errorf("%w: on demand", csr.ErrUnavailable)

// store is a store that takes no entry while it has an error.
type store struct {
	*sqlstore.Store
	err error
}

func (s *store) Append(ctx context.Context, owner csr.Owner) error {
	if s.err != nil {
		return s.err
	}
	return s.Store.Append(ctx, owner)
}

// toy is a service whose actions do what the tests are about.
type toy struct{ store *store }

type request struct {
	Fail    string
	Changes bool
	Key     bool
}

func (r *request) Resources(call *action.Call) []string {
	return []string{fmt.Sprintf("qcs::toy::uin/%d:csr/7", call.Caller.Uin)}
}

type response struct{ action.Reply }

func (s toy) do(ctx context.Context, call *action.Call, r *request) (*response, error) {
	switch r.Fail {
	case "":
	case "refusal":
		return nil, action.Fail("FailedOperation", action.Text{En: "No."})
	case "fault":
		return nil, action.Fail("FailedOperation.SystemError", action.Text{En: "No."}).Because(errAway).AsFault()
	default:
		return nil, errors.New(r.Fail)
	}
	call.KeyRead = r.Key
	if r.Changes {
		pending, err := audit.From(ctx)
		if err != nil {
			return nil, err
		}
		pending.Note(&audit.Entry{Action: pending.Action(), Outcome: audit.OK}) // as a store does behind its change
	}
	return &response{}, nil
}

func table() action.Table[toy] {
	return action.Table[toy]{Product: "toy", Version: "1", Actions: []action.Action[toy]{
		action.Define(action.Meta{Name: "Do", Summary: "Does.", Rate: 2}, toy.do),
		action.Define(action.Meta{Name: "List", Summary: "Lists.", Rate: 2, Frequent: true}, toy.do),
	}}
}

// refuser is an Authorizer that refuses what is done under a name.
type refuser string

func (r refuser) Authorize(_ context.Context, call *action.Call, needs action.Permission, resources []string) error {
	if call.Caller.User == string(r) {
		return action.Unauthorized(call, needs, resources[0], action.Text{})
	}
	return nil
}

// limiter allows each name a number of times.
type limiter map[string]int

func (l limiter) Spend(_ context.Context, _ time.Time, _ int64, name string, perSecond int) error {
	if l[name]++; l[name] > perSecond {
		return action.LimitExceeded(perSecond)
	}
	return nil
}

// newStore makes a store that is closed at the end.
func newStore(t *testing.T) *store {
	t.Helper()
	s, err := sqlstore.Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	account := cam.Account{Owner: owner, Enabled: true}
	key := cam.AccessKey{SecretID: "AKIDroot", Owner: owner, SecretKey: csr.Sealed("sealed"), Enabled: true}
	if err := s.CreateAccount(storetest.Record(t.Context(), s), account, key); err != nil {
		t.Fatal(err)
	}
	return &store{Store: s}
}

// entries returns what is recorded besides the account's creation, the oldest first.
func (s *store) entries(t *testing.T) (all []audit.Entry) {
	t.Helper()
	err := s.ReadChain(t.Context(), owner, func(audit.Chain) error { return nil }, func(e *audit.Entry) error {
		if e.Seq > 1 {
			all = append(all, *e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func code(err error) string {
	var wire *action.Error
	switch {
	case err == nil:
		return audit.OK
	case errors.As(err, &wire):
		return string(wire.Code)
	}
	return "another error"
}

var now = time.Date(2026, 11, 24, 8, 0, 0, 123456000, time.UTC)

// call calls an action as a user.
func call(t *testing.T, d *action.Dispatcher, user, version, name, body string) (any, error) {
	t.Helper()
	return d.Do(t.Context(), &action.Call{
		Caller: action.Caller{Uin: int64(owner), User: user, SecretID: "AKID" + user}, From: "192.0.2.1", RequestID: "request of " + user, Now: now,
	}, action.Request{Version: version, Action: name, Body: []byte(body)})
}

// What comes of each call is on record when it is answered, once or not at all.
func TestEachCallIsRecordedAsItWasAnswered(t *testing.T) {
	all := []string{"csr/7"}
	for _, test := range []struct {
		name                        string
		user, version, action, body string
		away                        bool // no entry can be written
		code                        string
		want                        *audit.Entry // of what is appended by itself
	}{
		{"a read", "ann", "1", "Do", `{}`, false, audit.OK, &audit.Entry{Action: "toy:Do", Resources: all, Outcome: audit.OK}},
		{"a key read", "ann", "1", "Do", `{"Key":true}`, false, audit.OK, &audit.Entry{Action: "toy:Do", Resources: all, KeyRead: true, Outcome: audit.OK}},
		{"a change of a frequent action", "ann", "1", "List", `{"Changes":true}`, false, audit.OK, nil},
		{"a change, which has its entry", "ann", "1", "Do", `{"Changes":true}`, false, audit.OK, nil},
		{"a list", "ann", "1", "List", `{}`, false, audit.OK, nil},
		{"a list that is refused", "ann", "1", "List", `{"Fail":"refusal"}`, false, "FailedOperation", &audit.Entry{Action: "toy:List", Resources: all, Outcome: "FailedOperation"}},
		{"a refusal", "ann", "1", "Do", `{"Fail":"refusal","Key":true}`, false, "FailedOperation", &audit.Entry{Action: "toy:Do", Resources: all, Outcome: "FailedOperation"}},
		{"a caller who may not", "eve", "1", "Do", `{"Key":true}`, false, "AuthFailure.UnauthorizedOperation", &audit.Entry{Action: "toy:Do", Resources: all, Outcome: "AuthFailure.UnauthorizedOperation"}},
		{"an unknown parameter", "ann", "1", "Do", `{"SecretKey":"a secret"}`, false, "UnknownParameter", &audit.Entry{Action: "toy:Do", Outcome: "UnknownParameter"}},
		{"an unknown action", "ann", "1", "a secret", `{}`, false, "InvalidAction", &audit.Entry{Action: "unknown", Outcome: "InvalidAction"}},
		{"an unknown version", "ann", "a secret", "Do", `{}`, false, "NoSuchVersion", &audit.Entry{Action: "unknown", Outcome: "NoSuchVersion"}},
		{"a fault", "ann", "1", "Do", `{"Fail":"fault"}`, false, "FailedOperation.SystemError", &audit.Entry{Action: "toy:Do", Resources: all, Outcome: "FailedOperation.SystemError"}},
		{"what nobody foresaw", "ann", "1", "Do", `{"Fail":"x"}`, false, "another error", &audit.Entry{Action: "toy:Do", Resources: all, Outcome: "InternalError"}},
		{"a key read that cannot be recorded", "ann", "1", "Do", `{"Key":true}`, true, "FailedOperation.SystemError", nil},
		{"a refusal that cannot be recorded", "eve", "1", "Do", `{}`, true, "FailedOperation.SystemError", nil},
		{"an unknown action that cannot be recorded", "ann", "1", "X", `{}`, true, "FailedOperation.SystemError", nil},
		{"a fault that cannot be recorded either", "ann", "1", "Do", `{"Fail":"fault"}`, true, "FailedOperation.SystemError", nil},
		{"what nobody foresaw and cannot be recorded", "ann", "1", "Do", `{"Fail":"x"}`, true, "another error", nil},
		{"a list, which needs no entry", "ann", "1", "List", `{}`, true, audit.OK, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			d := action.NewDispatcher(table().Bind(toy{s}))
			d.Authorizer, d.Limiter = refuser("eve"), limiter{}
			d.Recorder = recorder.New(s, audit.NewKeys(s, storetest.Sealer{}), 0, recorder.NewMetrics())
			if test.away {
				s.err = errAway
			}
			response, err := call(t, d, test.user, test.version, test.action, test.body)
			if code(err) != test.code || (response == nil) != (err != nil) {
				t.Errorf("answered with %v and %v, want %s", response, err, test.code)
			}
			var want []audit.Entry
			got := s.entries(t)
			if test.want != nil && len(got) == 1 {
				e := *test.want
				e.Owner, e.Seq, e.Time, e.RequestID, e.MAC = owner, 2, now, "request of "+test.user, got[0].MAC
				e.Actor = audit.Actor{Kind: audit.Caller, User: test.user, SecretID: "AKID" + test.user, Address: "192.0.2.1"}
				e.Resources = append([]string{}, e.Resources...)
				want = []audit.Entry{e}
			}
			if !reflect.DeepEqual(got, want) || test.want != nil && want == nil {
				t.Errorf("recorded are\n%+v\nwant\n%+v", got, test.want)
			}
		})
	}
}

// Whoever calls too often does not fill the record, whatever he calls.
func TestRateLimitedCallsAreNotRecorded(t *testing.T) {
	s := newStore(t)
	d := action.NewDispatcher(table().Bind(toy{s}))
	d.Limiter = limiter{}
	d.Recorder = recorder.New(s, audit.NewKeys(s, storetest.Sealer{}), 0, recorder.NewMetrics())
	codes := map[string]int{}
	for range 20 {
		_, err := call(t, d, "ann", "1", "Do", `{}`)
		codes[code(err)]++
		_, err = call(t, d, "ann", "1", "X", `{}`)
		codes[code(err)]++
		_, err = call(t, d, "ann", "2", "Do", `{}`)
		codes[code(err)]++
	}
	if want := map[string]int{audit.OK: 2, "RequestLimitExceeded": 18, "InvalidAction": 20, "NoSuchVersion": 20}; !reflect.DeepEqual(codes, want) {
		t.Errorf("answered are %v, want %v", codes, want)
	}
	recorded := map[string]int{}
	for _, e := range s.entries(t) {
		recorded[e.Action]++
	}
	if want := map[string]int{"toy:Do": 2, "unknown": 10}; !reflect.DeepEqual(recorded, want) {
		t.Errorf("recorded are %v, want %v", recorded, want)
	}
}

// Of the reads of lists so many are recorded as is set, and all are counted.
func TestListsAreRecordedAsOftenAsIsSet(t *testing.T) {
	for every, want := range map[int64]int{0: 0, 1: 9, 2: 4, 5: 1, 100: 0} {
		s := newStore(t)
		metrics := recorder.NewMetrics()
		d := action.NewDispatcher(table().Bind(toy{s}))
		d.Recorder = recorder.New(s, audit.NewKeys(s, storetest.Sealer{}), every, metrics)
		for range 9 {
			if _, err := call(t, d, "ann", "1", "List", `{}`); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := call(t, d, "ann", "1", "Do", `{"Changes":true}`); err != nil {
			t.Fatal(err)
		}
		if got := len(s.entries(t)); got != want {
			t.Errorf("one of %d: %d are recorded, want %d", every, got, want)
		}
		counted := counts(t, metrics)
		wantCounts := map[string]float64{`csrd_audit_entries_total toy:Do OK`: 1}
		if want > 0 {
			wantCounts[`csrd_audit_entries_total toy:List OK`] = float64(want)
		}
		if want < 9 {
			wantCounts[`csrd_audit_left_out_total toy:List`] = float64(9 - want)
		}
		if !reflect.DeepEqual(counted, wantCounts) {
			t.Errorf("one of %d: counted are %v, want %v", every, counted, wantCounts)
		}
	}
}

// counts returns what metrics show, by name and labels.
func counts(t *testing.T, metrics *recorder.Metrics) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		for _, m := range family.Metric {
			name := []string{family.GetName()}
			for _, label := range m.Label {
				name = append(name, label.GetValue())
			}
			counted[strings.Join(name, " ")] = m.Counter.GetValue()
		}
	}
	return counted
}

// A caller who goes away after he saw the key, or before he was refused, is on
// record all the same.
func TestCallerWhoGoesAwayIsRecorded(t *testing.T) {
	s := newStore(t)
	r := recorder.New(s, audit.NewKeys(s, storetest.Sealer{}), 0, recorder.NewMetrics())
	ctx, cancel := context.WithCancel(t.Context())
	c := &action.Call{Caller: action.Caller{Uin: int64(owner)}, RequestID: "r", Now: now, KeyRead: true}
	ctx = r.Begin(ctx, c, "toy:Do")
	cancel()
	if err := r.End(ctx, c, false, nil); err != nil {
		t.Error(err)
	}
	if got := s.entries(t); len(got) != 1 || !got[0].KeyRead {
		t.Errorf("recorded are %+v", got)
	}
}
