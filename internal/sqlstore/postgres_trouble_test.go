package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/pgtest"
	"csrd/internal/sqlstore"
)

// bounded is the time in which the store must have said that it cannot.
const bounded = 30 * time.Second

// wantNotDone fails unless a store refuses a read, a write and to be ready, each
// in bounded time, as what was surely not done.
func wantNotDone(t *testing.T, s *sqlstore.Store, what string, reads bool) {
	t.Helper()
	ctx := recorded(t, s)
	var wg sync.WaitGroup
	c := &csr.CSR{Record: csr.Record{ID: csr.MaxID, Owner: owner, CreateTime: start}}
	for name, do := range map[string]func(context.Context) error{
		"list": func(ctx context.Context) error {
			_, _, err := s.List(ctx, owner, csr.Filter{}, csr.Page{Limit: 1})
			return err
		},
		"create": func(ctx context.Context) error { return s.Create(ctx, c) },
		"ping":   s.Ping,
	} {
		wg.Go(func() {
			started := time.Now()
			err := do(ctx)
			if took := time.Since(started); took > bounded {
				t.Errorf("%s: %s takes %v", what, name, took)
			}
			if name == "list" && reads {
				if err != nil {
					t.Errorf("%s: %s comes to %v", what, name, err)
				}
			} else if !errors.Is(err, csr.ErrUnavailable) {
				t.Errorf("%s: %s comes to %v, want %v", what, name, err, csr.ErrUnavailable)
			}
		})
	}
	wg.Wait()
}

// eventually tries again until it works.
func eventually(t *testing.T, what string, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// A database that is away, hangs, takes no writes or no connections is told in
// bounded time, and found again by itself.
func TestDatabaseInTroubleIsUnavailableAndFoundAgain(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	database := cluster.URL("postgres")
	s := serveDatabase(t, database)
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	addCSR(t, s) // the audit key is remembered from here on
	works := func(what string) {
		t.Helper()
		eventually(t, what, func() error { return s.Ping(t.Context()) })
		addCSR(t, s)
	}

	cluster.Kill()
	wantNotDone(t, s, "it is away", false)
	must(t, cluster.Restart())
	works("it is back")

	pgtest.Exec(t, database, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	eventually(t, "it is read-only", func() error {
		if pgtest.Ask(t, database, "SELECT current_setting('transaction_read_only')") != "on" {
			return errors.New("not yet")
		}
		return nil
	})
	wantNotDone(t, s, "it is read-only", true)
	pgtest.Exec(t, database, "SET default_transaction_read_only = off", "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
	works("it takes writes again")

	// Connections that were made are ended by the database, and it takes no more.
	pgtest.Exec(t, database, "ALTER SYSTEM SET max_connections = 6", "ALTER SYSTEM SET superuser_reserved_connections = 0", "ALTER SYSTEM SET max_wal_senders = 0")
	cluster.Stop()
	must(t, cluster.Restart())
	var held []func()
	for {
		release, err := pgtest.Hold(t, database)
		if err != nil {
			break
		}
		held = append(held, release)
	}
	wantNotDone(t, s, "it has no connection left", false)
	for _, release := range held {
		release()
	}
	works("it has connections again")

	// It hangs: the server and all that it started.
	backends := strings.Fields(pgtest.Ask(t, database, "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity"))
	signal := func(signal syscall.Signal) {
		must(t, cluster.Signal(signal))
		for _, text := range backends {
			var pid int
			fmt.Sscan(text, &pid)
			_ = syscall.Kill(pid, signal) // the one that answered is gone
		}
	}
	signal(syscall.SIGSTOP)
	wantNotDone(t, s, "it hangs", false)
	signal(syscall.SIGCONT)
	works("it goes on")
}

// Whoever holds an account's lock and hangs keeps others from it for a while, and
// not for ever.
func TestLockThatIsHeldEndsInTime(t *testing.T) {
	url := postgres.Database(t)
	s := serveDatabase(t, url+"&statement_timeout=300")
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	addCSR(t, s)
	release := pgtest.Run(t, url, "BEGIN", "SELECT 1 FROM csr_counter FOR UPDATE")
	if err := s.Create(recorded(t, s), newCSR(t, s)); !errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("error %v, want %v", err, csr.ErrUnavailable)
	}
	release()
	addCSR(t, s)
	wantTotal(t, s, 2)
}

// What the database undid by itself is done again, and once.
func TestTransactionsThatTheDatabaseUndidRunAgain(t *testing.T) {
	url := postgres.Database(t)
	s := serveDatabase(t, url)
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	c := newCSR(t, s)
	c.Status = csr.Draft
	must(t, s.Create(recorded(t, s), c))
	for _, test := range []struct{ name, statement string }{
		{"a serialization failure", "RAISE EXCEPTION 'no' USING ERRCODE = '40001'"},
		{"a deadlock", "RAISE EXCEPTION 'no' USING ERRCODE = '40P01'"},
		{"a connection that is ended", "PERFORM pg_terminate_backend(pg_backend_pid())"},
	} {
		for _, when := range []string{"", "CONSTRAINT "} { // at the statement, and at the commit
			if when != "" && strings.Contains(test.name, "ended") {
				continue // then the outcome is unknown: see below
			}
			t.Run(test.name+" "+when, func(t *testing.T) {
				failTwice(t, url, when, test.statement)
				c.Remark += "x"
				must(t, s.Update(recorded(t, s), c))
				if n := pgtest.Ask(t, url, "SELECT (last_value - 1)::text FROM attempts"); n != "2" {
					t.Errorf("it failed %s times, want 2", n)
				}
				got, err := s.Get(t.Context(), owner, c.ID)
				must(t, err)
				if got.Remark != c.Remark || got.Revision != c.Revision {
					t.Errorf("it has the remark %q and revision %d, want %q and %d", got.Remark, got.Revision, c.Remark, c.Revision)
				}
			})
		}
	}
}

// failTwice makes changes of CSRs fail twice. A sequence counts, since it is not
// undone.
func failTwice(t *testing.T, url, constraint, statement string) {
	t.Helper()
	deferred := ""
	if constraint != "" {
		deferred = "DEFERRABLE INITIALLY DEFERRED"
	}
	pgtest.Exec(t, url, "CREATE SEQUENCE attempts", `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('attempts') <= 2 THEN `+statement+`; END IF;
			PERFORM setval('attempts', 3);
			RETURN NEW;
		END $$`, fmt.Sprintf("CREATE %sTRIGGER fail AFTER UPDATE ON csr %s FOR EACH ROW EXECUTE FUNCTION fail()", constraint, deferred))
	t.Cleanup(func() {
		pgtest.Exec(t, url, "DROP TRIGGER fail ON csr", "DROP FUNCTION fail", "DROP SEQUENCE attempts")
	})
}

// A commit whose answer is lost may have been made: it is not made again, and
// not taken for undone.
func TestCommitOfUnknownOutcomeIsNotRepeated(t *testing.T) {
	url := postgres.Database(t)
	s := serveDatabase(t, url)
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	addCSR(t, s)
	// Deferred, it runs within the COMMIT, and ends the connection there.
	pgtest.Exec(t, url, "CREATE SEQUENCE attempts", `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			PERFORM nextval('attempts');
			PERFORM pg_terminate_backend(pg_backend_pid());
			RETURN NEW;
		END $$`, "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON csr DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()")
	err := s.Create(recorded(t, s), newCSR(t, s))
	if err == nil || errors.Is(err, csr.ErrUnavailable) || !strings.Contains(err.Error(), "outcome unknown") {
		t.Errorf("error %v, want one of an unknown outcome", err)
	}
	if n := pgtest.Ask(t, url, "SELECT last_value::text FROM attempts"); n != "1" {
		t.Errorf("it was tried %s times, want once", n)
	}
	pgtest.Exec(t, url, "DROP TRIGGER fail ON csr")
	wantTotal(t, s, 1)
}

// However many csrd start at once in an empty database, the schema is made once.
func TestManyStartAtOnce(t *testing.T) {
	url := postgres.Database(t)
	var wg sync.WaitGroup
	for range 4 {
		d := parse(t, url)
		wg.Go(func() {
			s, err := sqlstore.ServeDatabase(t.Context(), d)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestDatabaseThatIsNoStoreIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, statement string
		serves          bool
		want            string
	}{
		{"empty", "SELECT 1", true, "there is no csrd store here"},
		{"another program's", "CREATE TABLE something (id int)", false, "tables of another program"},
		{"newer", "newer", false, "it was served by a newer csrd"},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := postgres.Database(t)
			if test.statement == "newer" {
				must(t, serveDatabase(t, url).Close())
				test.statement = "INSERT INTO schema_version (version_id, is_applied) VALUES (9999, true)"
			}
			pgtest.Exec(t, url, test.statement)
			s, err := sqlstore.OpenDatabase(t.Context(), parse(t, url))
			if err == nil {
				closed(t, s)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("an operator's command: error %v, want %q", err, test.want)
			}
			s, err = sqlstore.ServeDatabase(t.Context(), parse(t, url))
			if err == nil {
				closed(t, s)
			}
			if (err == nil) != test.serves || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("a server: error %v, want %q", err, test.want)
			}
		})
	}
}

// No part of the password is in what csrd says of a database.
func TestPasswordOfADatabaseIsNeverTold(t *testing.T) {
	const secret = "pw9Zq"
	for _, url := range []string{
		"postgres://user:pw9Zq@127.0.0.1:1/db", "postgres://user:pw9Zq/x@127.0.0.1:1/db", "postgres://user:pw9Zq#x@127.0.0.1:1/db",
		"postgres://user:%zzpw9Zq@127.0.0.1:1/db", "postgres://user:pw9Zq@127.0.0.1:pw9Zq/db", "postgres://127.0.0.1:1/db?user=u&password=pw9Zq",
		"postgres://user:pw9Zq@127.0.0.1:1/db?sslmode=pw9Zq", "postgres://user:pw9Zq@127.0.0.1:1,127.0.0.1:2/db", "mysql://user:pw9Zq@h/db", "pw9Zq",
		"postgres://user:pw9Zq@127.0.0.1:1/db?default_query_exec_mode=simple_protocol", "postgres://user:pw9Zq@127.0.0.1:1/db?pool_max_conns=pw9Zq",
	} {
		d, err := sqlstore.ParseDatabase(url, 0)
		if err == nil {
			if !d.HasPassword && strings.Contains(url, "pw9Zq@") {
				t.Errorf("%s is said to have no password", url)
			}
			if strings.Contains(d.String(), secret) {
				t.Errorf("it is called %s", d)
			}
			_, err = sqlstore.OpenDatabase(t.Context(), d)
		}
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", url, err)
		}
	}
}

func TestTextsThatPostgreSQLCannotHoldComeBack(t *testing.T) {
	s := serveDatabase(t, postgres.Database(t))
	t.Cleanup(func() { closed(t, s) })
	addAccount(t, s)
	for _, text := range []string{"", "plain", "\x00", "a\x00b\x00", "\xff\xfe", "密\xe5\xaf", "\uFFFE", "\uFFFE00", "\uFFFD", "a\uFFFE\x00"} {
		c := newCSR(t, s)
		c.Remark = text
		must(t, s.Create(recorded(t, s), c))
		got, err := s.Get(t.Context(), owner, c.ID)
		must(t, err)
		if got.Remark != text {
			t.Errorf("%q comes back as %q", text, got.Remark)
		}
	}
}
