package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"csrd/internal/pgtest"
)

var postgresKills = flag.Int("postgres-kills", 2, "how often TestAcknowledgedWritesSurviveKillOfPostgreSQL kills it")

// workers is how many clients work at once.
const workers = 6

// backWithin is how long csrd may take to answer again after its database does.
const backWithin = 5 * time.Second

// underLoad are clients that work through csrd while its database fails.
type underLoad struct {
	server *server
	root   *client

	mu  sync.Mutex
	all []*worker

	acknowledged, refused, unknown atomic.Int64
	slowest                        atomic.Int64 // answer, in nanoseconds
}

func newLoad(t *testing.T, s *server, root *client) *underLoad {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &underLoad{server: s, root: root}
	for i := range workers {
		l.all = append(l.all, &worker{
			name: fmt.Sprintf("worker%d", i), client: clientOf(t, s, root.credential),
			random: rand.New(rand.NewPCG(seed, uint64(i)+1)), own: map[int64]*kept{},
		})
	}
	return l
}

// round lets all work while fail makes the database fail and has it back; fail
// returns when it takes writes again. Then csrd must answer in time, and know
// all that it acknowledged.
func (l *underLoad) round(t *testing.T, fail func()) (back time.Duration) {
	t.Helper()
	stop := make(chan struct{})
	var group sync.WaitGroup
	for _, w := range l.all[len(l.all)-workers:] { // the last ones: the others left something unknown
		group.Go(func() { l.work(t, w, stop) })
	}
	before := l.acknowledged.Load()
	eventually(t, "there is a load", func() bool { return l.acknowledged.Load() > before+30 || t.Failed() })
	fail()
	started := time.Now()
	eventually(t, "csrd is ready again", func() bool { return ready(l.server) })
	before = l.acknowledged.Load()
	eventually(t, "csrd takes writes again", func() bool { return l.acknowledged.Load() > before || t.Failed() })
	back = time.Since(started)
	if back > backWithin {
		t.Errorf("csrd takes writes %v after its database, want %v at most", back, backWithin)
	}
	before = l.acknowledged.Load()
	eventually(t, "there is a load again", func() bool { return l.acknowledged.Load() > before+30 || t.Failed() })
	close(stop)
	group.Wait()
	settleAll(t, l.root, l.all)
	if t.Failed() {
		t.Fatalf("the log of csrd:\n%s", l.server.stderr)
	}
	return back
}

// work does one thing after the other until stop, or until the outcome of one is
// unknown. What was refused as undone must not be there.
func (l *underLoad) work(t *testing.T, w *worker, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		started := time.Now()
		err := w.step()
		took := int64(time.Since(started))
		for slowest := l.slowest.Load(); took > slowest && !l.slowest.CompareAndSwap(slowest, took); slowest = l.slowest.Load() {
		}
		switch {
		case err == nil:
			l.acknowledged.Add(1)
		case isAPIError(err, "FailedOperation.SystemError"), isAPIError(err, "ServiceUnavailable"):
			l.refused.Add(1)
			w.forget()
		case isAPIError(err, "InternalError"):
			l.unknown.Add(1)
			w = l.successor(w) // what it did is looked for at the end of the round
		default:
			t.Errorf("%s: %v", w.name, err)
			return
		}
	}
}

// successor goes on with CSRs of its own.
func (l *underLoad) successor(w *worker) *worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := &worker{name: fmt.Sprintf("worker%d", len(l.all)), client: w.client, random: w.random, own: map[int64]*kept{}}
	l.all = append(l.all, next)
	return next
}

// forget takes back what was refused: the store must not have done it.
func (w *worker) forget() {
	w.pending = ""
	for _, k := range w.own {
		k.maybe, k.unsure = "", false
	}
}

// ready asks the server whether its store is.
func ready(s *server) bool {
	response, err := http.Get(s.endpoint + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (l *underLoad) report(t *testing.T) {
	t.Helper()
	t.Logf("%d writes acknowledged, %d refused as undone, %d of unknown outcome; the slowest answer took %v",
		l.acknowledged.Load(), l.refused.Load(), l.unknown.Load(), time.Duration(l.slowest.Load()).Round(time.Millisecond))
}

// serveFrom starts a csrd whose store is in a database.
func serveFrom(t *testing.T, data, database string, args ...string) *server {
	t.Helper()
	return serve(t, data, []string{"CSRD_DATABASE=" + database}, args...)
}

// checkStore looks at a store in a database as an operator does.
func checkStore(t *testing.T, data, database string) {
	t.Helper()
	for _, args := range [][]string{{"store", "check"}, {"audit", "verify"}} {
		out, err := csrd([]string{"CSRD_DATABASE=" + database}, append(args, "--data", data)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v:\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, statement := range []string{
		`SELECT count(*)::text FROM csr_detail d WHERE NOT EXISTS (SELECT 1 FROM csr c WHERE c.owner_uin = d.owner_uin AND c.id = d.id)
			AND NOT EXISTS (SELECT 1 FROM deleted_csr c WHERE c.owner_uin = d.owner_uin AND c.id = d.id)`,
		`SELECT count(*)::text FROM csr c JOIN deleted_csr d ON c.owner_uin = d.owner_uin AND c.id = d.id`,
	} {
		if got := pgtest.Ask(t, database, statement); got != "0" {
			t.Errorf("%s: %s, want 0", statement, got)
		}
	}
}

// However often PostgreSQL is killed, nothing that was acknowledged is missing,
// what was refused is not there, and csrd goes on by itself.
func TestAcknowledgedWritesSurviveKillOfPostgreSQL(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	database, data := cluster.URL("postgres"), filepath.Join(t.TempDir(), "data")
	s := serveFrom(t, data, database)
	l := newLoad(t, s, rootClient(t, s, data))
	for kill := range *postgresKills {
		down := time.Duration(0)
		back := l.round(t, func() {
			cluster.Kill()
			started := time.Now()
			eventually(t, "csrd is not ready", func() bool { return !ready(s) })
			if kill%2 == 1 { // at times longer than csrd tries again for
				refused := l.refused.Load()
				eventually(t, "csrd refuses", func() bool { return l.refused.Load() > refused })
			}
			if err := cluster.Restart(); err != nil {
				t.Fatal(err)
			}
			down = time.Since(started)
		})
		t.Logf("kill %d: PostgreSQL was away for %v, and csrd took a write %v after it was back", kill+1, down.Round(time.Millisecond), back.Round(time.Millisecond))
	}
	l.report(t)
	s.stop(t)
	checkStore(t, data, database)
}

// The primary dies and its standby takes over, which has all that was
// acknowledged: csrd finds it by itself.
func TestFailoverToSynchronousStandbyLosesNothing(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t)
	standby := primary.Standby(t, "standby")
	pgtest.Exec(t, primary.URL("postgres"), "ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
	eventually(t, "the standby is synchronous", func() bool {
		return pgtest.Ask(t, primary.URL("postgres"), "SELECT count(*)::text FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
	})
	database := fmt.Sprintf("postgres://postgres@%s,%s/postgres?sslmode=disable&target_session_attrs=read-write", primary.Host(), standby.Host())
	data := filepath.Join(t.TempDir(), "data")
	s := serveFrom(t, data, database)
	l := newLoad(t, s, rootClient(t, s, data))
	away := time.Duration(0)
	back := l.round(t, func() {
		primary.Kill()
		started := time.Now()
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the standby takes writes", func() bool {
			return pgtest.Ask(t, standby.URL("postgres"), "SELECT pg_is_in_recovery()::text") == "false"
		})
		away = time.Since(started)
	})
	t.Logf("no primary for %v; csrd took a write %v after there was one", away.Round(time.Millisecond), back.Round(time.Millisecond))
	l.report(t)
	s.stop(t)
	checkStore(t, data, standby.URL("postgres"))
}
