package redislimit_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"csrd/internal/redislimit"
	"csrd/internal/redistest"

	"github.com/prometheus/client_golang/prometheus"
)

// patience is how long a test waits for what takes a moment.
const patience = time.Minute

// running is a Limiter that looks whether its Redis answers.
type running struct {
	*redislimit.Limiter
	log *logged
}

// logged is a log that a test may read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) count(message string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), message)
}

// start starts one of so many servers. A slow machine is no Redis that is away:
// the calls have more time than those of csrd.
func start(t *testing.T, url string, servers int) *running {
	t.Helper()
	log := &logged{}
	l, err := redislimit.New(redislimit.Setting{
		URL: url, Timeout: 5 * time.Second, Servers: func() int { return servers }, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done; l.Close() })
	return &running{l, log}
}

func (r *running) allow(key string, perSecond int) bool {
	return r.Allow(context.Background(), time.Now(), key, perSecond)
}

// value reads a metric without labels.
func (r *running) value(t *testing.T, name string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.Limiter)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			m := family.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

func (r *running) await(t *testing.T, message string, times int) {
	t.Helper()
	for until := time.Now().Add(patience); r.log.count(message) < times; {
		if time.Now().After(until) {
			t.Fatalf("%q is not logged %d times:\n%s", message, times, &r.log.text)
		}
		time.Sleep(time.Millisecond) // polls
	}
}

const (
	shared = "the rate limits are shared"
	away   = "does not answer"
	back   = "answers again"
)

// Whatever the server, a key has one allowance, and a whole one after a second.
func TestServersShareOneAllowance(t *testing.T) {
	redis := redistest.Start(t)
	servers := []*running{start(t, redis.URL(), 3), start(t, redis.URL(), 3), start(t, redis.URL(), 3)}
	for _, rate := range []int{1, 3, 7, 10} {
		key := fmt.Sprint("key ", rate)
		// Each time this passes the key's allowance has come back in part.
		begun := time.Now()
		allowed := 0
		for i := range 60 {
			if servers[i%3].allow(key, rate) {
				allowed++
			}
		}
		most := rate + int(time.Since(begun).Seconds()*float64(rate)) + 1
		if allowed < rate || allowed > most {
			t.Errorf("rate %d: %d of 60 calls were allowed in %v, want %d to %d", rate, allowed, time.Since(begun), rate, most)
		}
	}
	for _, s := range servers {
		if n := s.value(t, "csrd_rate_limited_locally_total"); n != 0 {
			t.Errorf("%v calls were counted locally", n)
		}
	}
	if !servers[0].allow("no limit", 0) {
		t.Error("a rate of 0 refuses")
	}
}

// What was allowed by Redis is not allowed here again.
func TestNoAllowanceIsGivenTwiceWhenRedisGoes(t *testing.T) {
	redis := redistest.Start(t)
	l := start(t, redis.URL(), 1)
	now := time.Now() // of one moment, here; in Redis a call or two come back
	for l.Allow(t.Context(), now, "key", 5) {
	}
	redis.Kill()
	allowed := 0
	for range 100 {
		if l.Allow(t.Context(), now, "key", 5) {
			allowed++
		}
	}
	if allowed > 0 {
		t.Errorf("%d calls are allowed again", allowed)
	}
}

// A key is gone from Redis when its allowance is whole: nothing piles up.
func TestKeysExpire(t *testing.T) {
	redis := redistest.Start(t)
	l := start(t, redis.URL(), 1)
	l.allow("100000000001:DescribeCSR", 10)
	client := redis.Client(t)
	left, err := client.PTTL(t.Context(), "csrd:rate:100000000001:DescribeCSR").Result()
	if err != nil || left > time.Second || left == -1 {
		t.Errorf("the key lives for %v, %v", left, err)
	}
}

// A Redis whose clock was set back, as after a failover to another machine,
// does not refuse until the time it had before comes again.
func TestAClockThatWasSetBackDoesNotRefuseForLong(t *testing.T) {
	redis := redistest.Start(t)
	l := start(t, redis.URL(), 1)
	ahead := time.Now().Add(time.Hour).UnixMicro()
	if err := redis.Client(t).Set(t.Context(), "csrd:rate:key", ahead, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if !l.allow("key", 10) || l.value(t, "csrd_rate_limit_store_failures_total") != 0 {
		t.Error("it is refused, or was not asked")
	}
}

// However Redis is away, calls are limited to this server's share, it is said
// once, and when Redis is back it counts again.
func TestEachServerLimitsToItsShareWhileRedisIsAway(t *testing.T) {
	command := func(args ...any) func(*testing.T, *redistest.Redis) {
		return func(t *testing.T, r *redistest.Redis) {
			if err := r.Client(t).Do(t.Context(), args...).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name      string
		end, mend func(*testing.T, *redistest.Redis)
	}{
		{"killed",
			func(_ *testing.T, r *redistest.Redis) { r.Kill() },
			func(t *testing.T, r *redistest.Redis) { r.Restart(t) }},
		{"a replica that takes no writes", command("REPLICAOF", "127.0.0.1", "1"), command("REPLICAOF", "NO", "ONE")},
		{"full", command("CONFIG", "SET", "maxmemory", "1"), command("CONFIG", "SET", "maxmemory", "0")},
		{"another password",
			func(t *testing.T, r *redistest.Redis) {
				client := r.Client(t) // its connection stays good
				for _, args := range [][]any{{"CONFIG", "SET", "requirepass", "another"}, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}} {
					if err := client.Do(t.Context(), args...).Err(); err != nil {
						t.Fatal(err)
					}
				}
			},
			func(t *testing.T, r *redistest.Redis) { r.Restart(t) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			l := start(t, redis.URL(), 5)
			l.await(t, shared, 1)
			if !l.allow("before", 10) {
				t.Fatal("the first call is refused")
			}
			test.end(t, redis)
			now, allowed := time.Now(), 0 // of one moment: nothing of the allowance comes back
			for range 100 {
				if l.Allow(t.Context(), now, "key", 10) {
					allowed++
				}
			}
			if allowed != 2 {
				t.Errorf("%d of 100 calls are allowed, want 2, a fifth of ten", allowed)
			}
			if up, failures := l.value(t, "csrd_rate_limit_store_up"), l.value(t, "csrd_rate_limit_store_failures_total"); up != 0 || failures != 10 {
				t.Errorf("up is %v after %v failures, want 0 after 10: it is asked for every call", up, failures)
			}
			if n := l.log.count(away); n != 1 {
				t.Errorf("it is logged %d times that Redis is away", n)
			}
			test.mend(t, redis)
			l.await(t, back, 1)
			counted := l.value(t, "csrd_rate_limited_locally_total")
			if !l.allow("after", 10) || l.value(t, "csrd_rate_limited_locally_total") != counted || l.value(t, "csrd_rate_limit_store_up") != 1 {
				t.Error("a call is still counted here")
			}
		})
	}
}

// A script that Redis has lost, as after SCRIPT FLUSH, is sent again: no call
// fails for it.
func TestALostScriptIsSentAgain(t *testing.T) {
	redis := redistest.Start(t)
	l := start(t, redis.URL(), 1)
	for range 3 {
		if err := redis.Client(t).ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		l.allow("key", 10)
	}
	if n := l.value(t, "csrd_rate_limit_store_failures_total"); n != 0 {
		t.Errorf("%v calls failed", n)
	}
}

// A Redis that takes connections and does not answer costs a few calls their
// time, and no more.
func TestARedisThatHangsIsNotWaitedForLong(t *testing.T) {
	redis := redistest.Start(t)
	log := &logged{}
	l, err := redislimit.New(redislimit.Setting{
		URL: redis.URL(), Timeout: 20 * time.Millisecond, Servers: func() int { return 1 }, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	redis.Hang()
	defer redis.Resume()
	begun := time.Now()
	for range 1000 {
		l.Allow(t.Context(), begun, "key", 10)
	}
	if took := time.Since(begun); took > 10*time.Second { // if each waited: 20 seconds
		t.Errorf("a thousand calls took %v", took)
	}
	if log.count(away) != 1 || log.count("no answer within 20ms") != 1 {
		t.Errorf("the log is\n%s", &log.text)
	}
}

// A caller that has gone says nothing of Redis.
func TestACallerThatHasGoneIsNoFailureOfRedis(t *testing.T) {
	l := start(t, redistest.Start(t).URL(), 1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		l.Allow(gone, time.Now(), "key", 10)
	}
	if n := l.value(t, "csrd_rate_limit_store_failures_total"); n != 0 || l.log.count(away) > 0 {
		t.Errorf("%v failures", n)
	}
}

func TestAPasswordIsTakenFromTheURLOrBesideIt(t *testing.T) {
	redis := redistest.Start(t, "requirepass right")
	for _, test := range []struct{ url, password string }{
		{strings.Replace(redis.URL(), "unix://", "unix://:right@", 1), ""},
		{redis.URL(), "right"},
		{strings.Replace(redis.URL(), "unix://", "unix://:wrong@", 1), "right"},
	} {
		log := &logged{}
		l, err := redislimit.New(redislimit.Setting{
			URL: test.url, Password: test.password, Timeout: 5 * time.Second, Servers: func() int { return 1 }, Log: slog.New(slog.NewTextHandler(log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range 5 {
			l.Allow(t.Context(), time.Now(), "key", 10)
		}
		if log.count(away) != 0 {
			t.Errorf("%s, %s: %s", test.url, test.password, &log.text)
		}
	}
}

func TestNoErrorRepeatsAPassword(t *testing.T) {
	for _, url := range []string{
		"redis://:s3cret@host:port", "redis://u:s3cret@[::1", "http://:s3cret@host", "redis://:s3cret@host/no-number", "redis://:s3cret%zz@host", "redis://:s3cret@host?unknown=1", "",
	} {
		_, err := redislimit.New(redislimit.Setting{URL: url})
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "rediss://HOST:6379") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	redis := redistest.Start(b)
	l, err := redislimit.New(redislimit.Setting{URL: redis.URL(), Timeout: time.Second, Servers: func() int { return 1 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for b.Loop() {
		l.Allow(b.Context(), time.Now(), "key", 10)
	}
}
