package main

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"csrd/internal/redistest"
	"csrd/tc3"
)

// sharing starts three servers that share their rate limits through a Redis and
// have a root account in common, and returns a client of each. Requests have
// long to wait for Redis: a slow machine is none that is away.
func sharing(t *testing.T, redis *redistest.Redis, args ...string) (servers []*server, clients []*client) {
	t.Helper()
	root := tc3.Credential{SecretID: "AKIDofallthreeservers", SecretKey: "key-of-all-three-servers"}
	env := []string{"CSRD_ROOT_UIN=100000000001", "CSRD_ROOT_SECRET_ID=" + root.SecretID, "CSRD_ROOT_SECRET_KEY=" + root.SecretKey,
		"CSRD_RATE_LIMIT_STORE=" + redis.URL(), "CSRD_RATE_LIMIT_STORE_PASSWORD=password-of-redis"}
	for range 3 {
		s := serve(t, t.TempDir(), env, append(args, "--rate-limit-store-timeout", "5s")...)
		s.waitLog(t, "the rate limits are shared")
		servers, clients = append(servers, s), append(clients, clientOf(t, s, root))
	}
	return servers, clients
}

// calls has each client call until a time, every few milliseconds, and returns
// how many calls passed. What is refused must be so for the rate.
func calls(t *testing.T, clients []*client, until <-chan struct{}) (passed int64) {
	var count atomic.Int64
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			pace := time.NewTicker(5 * time.Millisecond)
			defer pace.Stop()
			for {
				select {
				case <-until:
					return
				case <-pace.C:
				}
				_, err := c.describe(1)
				switch {
				case isAPIError(err, "InvalidParameter.InvalidCSRId"): // there is none: it passed
					count.Add(1)
				case !isAPIError(err, "RequestLimitExceeded"):
					t.Errorf("a call failed: %v", err)
					return
				}
			}
		})
	}
	group.Wait()
	return count.Load()
}

// Over all servers an account has ten calls a second of an action, and once a
// second's allowance at once. CSRD_TEST_RATE_FOR, as 1m, has it look longer.
func TestServersTogetherKeepTheRate(t *testing.T) {
	t.Parallel()
	look := 5 * time.Second
	if text := os.Getenv("CSRD_TEST_RATE_FOR"); text != "" {
		var err error
		if look, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	servers, clients := sharing(t, redistest.Start(t, "requirepass password-of-redis"), "--rate-limit", "-1")
	until := make(chan struct{})
	begun := time.Now()
	time.AfterFunc(look, func() { close(until) })
	passed := calls(t, clients, until)
	took := time.Since(begun).Seconds()
	if least, most := 0.9*10*took, 1.1*10*took+10; float64(passed) < least || float64(passed) > most {
		t.Errorf("%d calls passed in %.1f s, want %.0f to %.0f", passed, took, least, most)
	}
	t.Logf("%d calls passed in %.1f s", passed, took)
	for _, s := range servers {
		s.stop(t)
		if log := s.stderr.String(); strings.Contains(log, "password-of-redis") || strings.Contains(log, "does not answer") {
			t.Errorf("the log is\n%s", log)
		}
	}
}

// Callers notice nothing when Redis goes and comes.
func TestNoCallFailsWhenTheRateLimitStoreDoes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "requirepass password-of-redis")
	servers, clients := sharing(t, redis, "--rate-limit", "100000")
	until, done := make(chan struct{}), make(chan int64)
	go func() { done <- calls(t, clients, until) }()
	logged := func(s *server, message string, times int) {
		eventually(t, message, func() bool { return strings.Count(s.stderr.String(), message) >= times })
	}
	for times := 1; times <= 3; times++ {
		redis.Kill()
		for _, s := range servers {
			logged(s, "does not answer", times)
			if _, metrics := probe(t, s, "/metrics"); !strings.Contains(metrics, "csrd_rate_limit_store_up 0") {
				t.Error("the metrics say that Redis is up")
			}
		}
		redis.Restart(t)
		for _, s := range servers {
			logged(s, "answers again", times)
		}
	}
	close(until)
	if passed := <-done; passed == 0 {
		t.Error("no call passed")
	}
	for _, s := range servers {
		s.stop(t)
		if log := s.stderr.String(); strings.Contains(log, "password-of-redis") {
			t.Errorf("the log is\n%s", log)
		}
	}
}

func TestAWrongRateLimitStoreIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	r := refused(t, t.TempDir(), []string{"CSRD_RATE_LIMIT_STORE=http://:s3cret@host"})
	if r.code != 2 || !strings.Contains(r.stderr, "--rate-limit-store") || strings.Contains(r.stderr, "s3cret") {
		t.Error(r)
	}
}
