package csr

import (
	"context"
	"crypto"
	"fmt"
	"sync/atomic"
)

// Decision: keys are made ahead for RSA alone; one on a curve is made in less time than a CSR is signed with it.

// MaxAhead is how many keys of a kind may be kept ready: each is a few
// kilobytes of memory, and takes up to a second to make.
const MaxAhead = 1000

// supply is a kind of key, and those of it that were made ahead.
type supply struct {
	algorithm
	ready           chan crypto.Signer // nil where none is made ahead
	ahead, onDemand atomic.Uint64      // how many were made
}

func newSupply(algo algorithm, ahead int) *supply {
	s := &supply{algorithm: algo}
	if algo.costly && ahead > 0 {
		s.ready = make(chan crypto.Signer, min(ahead, MaxAhead))
	}
	return s
}

// take returns a key that was made ahead, nil where there is none.
func (s *supply) take() crypto.Signer {
	select {
	case key := <-s.ready:
		return key
	default:
		return nil
	}
}

func (s *supply) make(count *atomic.Uint64) (crypto.Signer, error) {
	key, err := s.newKey()
	if err != nil {
		return nil, fmt.Errorf("make a key of %s: %w", s.name(), err)
	}
	count.Add(1)
	return key, nil
}

// key returns a key of a kind; it is to be encrypted or not. Until done is
// called, the caller has its turn where what it does is costly.
func (g *Generator) key(ctx context.Context, s *supply, encrypt bool) (key crypto.Signer, done func(), err error) {
	done = func() {}
	ready := s.ready
	if encrypt {
		ready = nil // a key alone does not do: encrypting it needs the turn
	} else {
		if key := g.taken(s); key != nil {
			return key, done, nil
		}
		if !s.costly {
			key, err := s.make(&s.onDemand)
			return key, done, err
		}
	}
	if key, err = g.turns.wait(ctx, ready); err != nil {
		return nil, nil, err
	}
	if key != nil {
		g.turns.wake()
		return key, done, nil
	}
	if key = g.taken(s); key == nil {
		key, err = s.make(&s.onDemand)
	}
	if err != nil {
		g.turns.leave()
		return nil, nil, err
	}
	return key, g.turns.leave, nil
}

// taken is take, and has another made in its place.
func (g *Generator) taken(s *supply) crypto.Signer {
	key := s.take()
	if key != nil {
		g.turns.wake()
	}
	return key
}

// MakeAhead makes keys, one at a time, whenever some are missing and a slot has
// been free for a moment that nobody waits for, until the context ends; then it drops them. It
// calls full, once, when all were ready. Where none are to be made ahead it
// returns at once. A key under way is finished first, as it cannot be
// interrupted: that takes up to seconds.
func (g *Generator) MakeAhead(ctx context.Context, full func()) error {
	defer g.drop()
	if !g.makesAhead() {
		return nil
	}
	told := false
	for ctx.Err() == nil {
		s := g.missing()
		if s == nil && !told {
			told = true
			full()
		}
		if s == nil || !g.turns.try() {
			g.turns.idle(ctx)
			continue
		}
		key, err := s.make(&s.ahead)
		if err == nil {
			s.ready <- key // there is room, as nobody else adds; who waits for one has it at once
		}
		<-g.turns.slots
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Generator) makesAhead() bool {
	for _, s := range g.supplies {
		if s.ready != nil {
			return true
		}
	}
	return false
}

// missing returns the kind, the quickest to make first, of which not all keys
// are ready; nil where all are.
func (g *Generator) missing() *supply {
	for _, s := range g.supplies {
		if len(s.ready) < cap(s.ready) {
			return s
		}
	}
	return nil
}

func (g *Generator) drop() {
	for _, s := range g.supplies {
		for s.take() != nil {
		}
	}
}

// Stats is what a Generator does and has done.
type Stats struct {
	Working int // how many make or encrypt a key now, for a caller or ahead
	Waiting int // how many wait for their turn
	Keys    []KeyStats
}

// KeyStats are those of a kind of key.
type KeyStats struct {
	Name     string // as [Algorithms.Names] has it
	Pooled   bool   // whether keys are made ahead
	Ready    int    // keys made ahead that nobody has taken
	Ahead    uint64 // keys made ahead
	OnDemand uint64 // keys made while their caller waited
}

// Stats returns the figures of the moment, the kinds of keys in a fixed order.
func (g *Generator) Stats() Stats {
	stats := Stats{Working: len(g.turns.slots), Waiting: len(g.turns.queue)}
	for _, s := range g.supplies {
		stats.Keys = append(stats.Keys, KeyStats{s.name(), s.ready != nil, len(s.ready), s.ahead.Load(), s.onDemand.Load()})
	}
	return stats
}
