package csr

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// ErrBusy says that so many keys are being made that one more did not get its
// turn. Nothing was made.
var ErrBusy = errors.New("too many keys are being made")

// Decision: making an RSA key and encrypting any key under a KeyPassword wait for their turn, on all processors but one;
// for each of these at most 32 wait, and none longer than its request; the others are ServiceUnavailable.

// maxWaiting is how many may wait for each turn: about so many of the slowest
// kind are made within the time that a request has.
const maxWaiting = 32

// turns bound the work that costs much. A goroutine that makes an RSA key
// cannot be interrupted, and takes its processor for up to seconds.
type turns struct {
	slots chan struct{} // one for each that works
	queue chan struct{} // one for each that waits
	freed chan struct{} // wakes who makes keys ahead, in idle
}

func newTurns() turns {
	n := max(1, runtime.GOMAXPROCS(0)-1)
	return turns{make(chan struct{}, n), make(chan struct{}, n*maxWaiting), make(chan struct{}, 1)}
}

// try takes a slot if one is free, which it is only when nobody waits.
func (t *turns) try() bool {
	select {
	case t.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// wait takes a slot, or else a key that was made meanwhile: the slot is taken
// where the key is nil. It fails with ErrBusy.
func (t *turns) wait(ctx context.Context, ready <-chan crypto.Signer) (crypto.Signer, error) {
	if t.try() {
		return nil, nil
	}
	select {
	case t.queue <- struct{}{}:
		defer func() { <-t.queue }()
	default:
		return nil, fmt.Errorf("%w: %d wait already", ErrBusy, cap(t.queue))
	}
	select {
	case t.slots <- struct{}{}:
		return nil, nil
	case key := <-ready:
		return key, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

// leave gives a slot back.
func (t *turns) leave() {
	<-t.slots
	t.wake()
}

// moment is how long keys made ahead hold back when something was taken: the
// request that took it is answered first.
const moment = 20 * time.Millisecond

// idle waits until a slot or a key was taken, and a moment more.
func (t *turns) idle(ctx context.Context) {
	select {
	case <-t.freed:
	case <-ctx.Done():
		return
	}
	select {
	case <-time.After(moment):
	case <-ctx.Done():
	}
}

// wake has who makes keys ahead look again.
func (t *turns) wake() {
	select {
	case t.freed <- struct{}{}:
	default:
	}
}
