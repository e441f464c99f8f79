// Package redislimit limits how often something happens over several servers:
// the counts are in one Redis or Valkey. While that does not answer, each
// server limits by itself, to its share.
package redislimit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"csrd/internal/limit"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// prefix stands before every key.
const prefix = "csrd:rate:"

// How Redis is taken to be away and back.
const (
	failuresInARow = 10                     // until it is no longer asked for every call
	probeEvery     = 500 * time.Millisecond // while it is away
	probeTimeout   = time.Second
	// One that was back for less than relapse is looked for half as often as the
	// last time, and at last every maxProbeEvery: each turn gives some calls away.
	relapse       = time.Minute
	maxProbeEvery = 16 * time.Second
)

// maxKeys bounds the memory of the limiter that stands in for Redis.
const maxKeys = 1 << 18

// script is GCRA, as in package limit.
//
//go:embed gcra.lua
var script string

// Setting is what a Limiter is told.
type Setting struct {
	URL      string        // redis://, rediss:// or unix://
	Password string        // in place of one in the URL, if it is not empty
	Timeout  time.Duration // how long a call waits for Redis
	Servers  func() int    // how many servers share the rates now
	Log      *slog.Logger
}

// Limiter counts by key in Redis. It is safe for concurrent use.
type Limiter struct {
	client  *redis.Client
	script  *redis.Script
	local   *limit.Limiter[string]
	timeout time.Duration
	servers func() int
	log     *slog.Logger
	metrics *metrics

	failures atomic.Int32 // in a row
	away     atomic.Bool  // not asked but by probes
	went     chan struct{}
}

// New returns a Limiter, which asks nothing yet. The error says what is wrong
// with the URL, without what it has of secrets.
func New(set Setting) (*Limiter, error) {
	o, err := options(set.URL, set.Password)
	if err != nil {
		return nil, err
	}
	logging.Disable() // go-redis writes to stderr past the log; what matters of it is in the errors
	return &Limiter{
		client: redis.NewClient(o), script: redis.NewScript(script), local: limit.New[string](maxKeys),
		timeout: set.Timeout, servers: set.Servers, log: set.Log, metrics: newMetrics(), went: make(chan struct{}, 1),
	}, nil
}

// Close ends the connections. [Limiter.Run] must have returned.
func (l *Limiter) Close() error { return l.client.Close() }

// Allow reports whether a key may do one more thing, as [limit.Limiter.Allow]
// does, over all servers. The time is that of Redis, so that no two clocks need
// agree. Where Redis does not answer, it is this server's share of the rate at
// its own time, now.
func (l *Limiter) Allow(ctx context.Context, now time.Time, key string, perSecond int) bool {
	if perSecond <= 0 {
		return true
	}
	if !l.away.Load() {
		allowed, err := l.ask(ctx, l.timeout, key, perSecond)
		if err == nil {
			l.failures.Store(0)
			if allowed { // so that none is allowed again, were Redis to go away now
				l.local.AllowShare(now, key, perSecond, l.servers())
			}
			return allowed
		}
		if ctx.Err() == nil { // a caller that has gone says nothing of Redis
			l.failed(err)
		}
	}
	l.metrics.local.Inc()
	return l.local.AllowShare(now, key, perSecond, l.servers())
}

// ask has Redis count.
func (l *Limiter) ask(ctx context.Context, timeout time.Duration, key string, perSecond int) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	allowed, err := l.script.Run(ctx, l.client, []string{prefix + key}, max(1, int64(time.Second/time.Microsecond)/int64(perSecond))).Bool()
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("no answer within %v: %w", timeout, err)
	}
	return allowed, err
}

// failed counts a failure; after so many in a row Redis is away.
func (l *Limiter) failed(cause error) {
	l.metrics.failures.Inc()
	if l.failures.Add(1) < failuresInARow || !l.away.CompareAndSwap(false, true) {
		return
	}
	l.metrics.up.Set(0)
	l.log.Warn("the store of the rate limits does not answer: each csrd limits by itself, to its share, until it does",
		"servers", l.servers(), "cause", cause.Error())
	l.went <- struct{}{} // never full: only Run makes away false, after it has taken this
}

// Run looks at once whether Redis answers, and then, whenever it is away, again
// and again, until the context ends.
func (l *Limiter) Run(ctx context.Context) {
	if err := l.probe(ctx); err == nil {
		l.metrics.up.Set(1)
		l.log.Info("the rate limits are shared", "store", l.client.Options().Addr)
	} else if ctx.Err() == nil {
		l.failures.Store(failuresInARow)
		l.failed(err)
	}
	var back time.Time
	every := probeEvery
	for {
		select {
		case <-l.went:
			if time.Since(back) < relapse {
				every = min(2*every, maxProbeEvery)
			} else {
				every = probeEvery
			}
			l.awaitReturn(ctx, every)
			back = time.Now()
		case <-ctx.Done():
			return
		}
	}
}

// awaitReturn returns when Redis answers again, or the context ended.
func (l *Limiter) awaitReturn(ctx context.Context, every time.Duration) {
	started := time.Now()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if l.probe(ctx) == nil {
			break
		}
	}
	l.failures.Store(0)
	l.metrics.up.Set(1)
	l.away.Store(false)
	l.log.Info("the store of the rate limits answers again: they are shared", "away_ms", time.Since(started).Milliseconds())
}

// probe counts something that nobody calls: a Redis that answers and does not
// write, as a replica, is of no use.
func (l *Limiter) probe(ctx context.Context) error {
	_, err := l.ask(ctx, probeTimeout, "probe", 1)
	return err
}
