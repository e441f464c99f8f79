package cli

import (
	"time"

	"csrd/action"
	"csrd/internal/limit"
)

// maxRateKeys bounds the memory of the rate limit: an account and action each.
const maxRateKeys = 1 << 18

// documentedRate leaves each action the rate that its page documents.
const documentedRate = -1

// Decision: the rate limit is per account and action, on average, whatever the Region; a second's allowance may come at
// once.

// rateLimit is the [action.Limiter] of one process.
type rateLimit struct {
	limiter   *limit.Limiter[rateKey]
	perSecond int // of every action; or documentedRate
}

type rateKey struct {
	uin    int64
	action string
}

func newRateLimit(perSecond int) *rateLimit {
	return &rateLimit{limit.New[rateKey](maxRateKeys), perSecond}
}

// Spend implements [action.Limiter].
func (r *rateLimit) Spend(now time.Time, uin int64, name string, perSecond int) error {
	if r.perSecond != documentedRate {
		perSecond = r.perSecond
	}
	if r.limiter.Allow(now, rateKey{uin, name}, perSecond) {
		return nil
	}
	return action.LimitExceeded(perSecond)
}
