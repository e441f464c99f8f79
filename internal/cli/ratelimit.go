package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"csrd/action"
	"csrd/internal/limit"
	"csrd/internal/redislimit"

	"github.com/spf13/pflag"
)

// maxRateKeys bounds the memory of the rate limit: an account and action each.
const maxRateKeys = 1 << 18

// documentedRate leaves each action the rate that its page documents.
const documentedRate = -1

// rateSetting is how calls are limited.
type rateSetting struct {
	perSecond int
	store     string        // URL of a Redis; "": this process counts
	timeout   time.Duration // how long a call waits for it
}

func (set *rateSetting) addTo(flags *pflag.FlagSet) {
	flags.IntVar(&set.perSecond, "rate-limit", documentedRate, "requests a second for each account and action; -1: as the action's page documents, 0: no limit")
	flags.StringVar(&set.store, "rate-limit-store", "", "Redis or Valkey that several csrd share their rate limits through: redis://HOST:6379, rediss:// for TLS; its password: in $"+envRateLimitPassword)
	flags.DurationVar(&set.timeout, "rate-limit-store-timeout", 20*time.Millisecond, "how long a request waits for the --rate-limit-store before this csrd counts it by itself")
}

func (set *rateSetting) check() error {
	if set.perSecond < documentedRate {
		return usagef("--rate-limit %d: it is a number of requests, or 0 for no limit", set.perSecond)
	}
	if set.timeout <= 0 {
		return usagef("--rate-limit-store-timeout %v: it must be more than 0", set.timeout)
	}
	if set.store == "" {
		return nil
	}
	if err := redislimit.Check(set.store); err != nil {
		return usagef("--rate-limit-store: %w", err)
	}
	return nil
}

// limiter returns what limits calls, together with the other csrd of the store.
func (set *rateSetting) limiter(servers func() int, log *slog.Logger) (*rateLimit, error) {
	r := &rateLimit{perSecond: set.perSecond}
	if set.store == "" {
		r.own = limit.New[rateKey](maxRateKeys)
		return r, nil
	}
	var err error
	r.shared, err = redislimit.New(redislimit.Setting{
		URL: set.store, Password: os.Getenv(envRateLimitPassword), Timeout: set.timeout, Servers: servers, Log: log,
	})
	return r, err
}

// Decision: the rate limit is per account and action, on average, whatever the Region; a second's allowance may come at
// once.

// rateLimit is the [action.Limiter]: of one process, or of all that share a store.
type rateLimit struct {
	perSecond int                     // of every action; or documentedRate
	shared    *redislimit.Limiter     // nil where this process counts alone
	own       *limit.Limiter[rateKey] // where it does
}

type rateKey struct {
	uin    int64
	action string
}

// start starts what a shared limit does beside counting, and returns what ends it.
func (r *rateLimit) start(ctx context.Context) (stop func()) {
	if r.shared == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the last requests are counted too
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.shared.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
		_ = r.shared.Close() // nothing of it was to be kept
	}
}

// Spend implements [action.Limiter].
func (r *rateLimit) Spend(ctx context.Context, now time.Time, uin int64, name string, perSecond int) error {
	if r.perSecond != documentedRate {
		perSecond = r.perSecond
	}
	allowed := false
	if r.shared != nil {
		allowed = r.shared.Allow(ctx, now, fmt.Sprintf("%d:%s", uin, name), perSecond)
	} else {
		allowed = r.own.Allow(now, rateKey{uin, name}, perSecond)
	}
	if allowed {
		return nil
	}
	return action.LimitExceeded(perSecond)
}
