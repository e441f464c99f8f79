// Package limit limits how often something happens, by GCRA (the generic cell
// rate algorithm): each key has the time at which its allowance is whole again,
// and a request that would push it too far ahead is refused. It is pure but
// for its memory, which is bounded.
package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

// shards keeps requests of different keys from waiting for one another.
const shards = 64

// Limiter counts by key. It is safe for concurrent use.
type Limiter[K comparable] struct {
	seed   maphash.Seed
	shards [shards]shard[K]
}

type shard[K comparable] struct {
	mu    sync.Mutex
	whole map[K]int64 // when the allowance is whole again, in nanoseconds since 1970
	most  int
}

// New returns a Limiter that remembers at most so many keys. A key that it had
// to forget begins with a whole allowance.
func New[K comparable](most int) *Limiter[K] {
	l := &Limiter[K]{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i] = shard[K]{whole: map[K]int64{}, most: max(1, most/shards)}
	}
	return l
}

// Allow reports whether a key may do one more thing at a time, when it may do
// perSecond of them on average and a second's allowance at once; and if so,
// counts it. A rate of 0 or less allows everything.
func (l *Limiter[K]) Allow(now time.Time, key K, perSecond int) bool {
	return l.AllowShare(now, key, perSecond, 1)
}

// AllowShare is Allow where so many Limiters that know nothing of one another
// share a rate: each allows its part of it, and at least one thing at once.
func (l *Limiter[K]) AllowShare(now time.Time, key K, perSecond, shared int) bool {
	if perSecond <= 0 {
		return true
	}
	interval := int64(time.Second) * int64(max(1, shared)) / int64(perSecond)
	s := &l.shards[maphash.Comparable(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	at := now.UnixNano()
	whole, known := s.whole[key]
	whole = max(whole, at) + interval
	if whole-at > max(interval, int64(time.Second)) {
		return false
	}
	if !known && len(s.whole) >= s.most {
		s.forget(at)
	}
	s.whole[key] = whole
	return true
}

// forget makes room: of a few keys, those whose allowance is whole are as good
// as unknown; else any one has to go.
func (s *shard[K]) forget(at int64) {
	looked := 0
	for key, whole := range s.whole {
		if looked++; whole <= at || looked == 8 {
			delete(s.whole, key)
		}
		if looked == 8 {
			return
		}
	}
	if len(s.whole) >= s.most { // fewer than eight keys in all, and none is whole
		clear(s.whole)
	}
}
