package front

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends at a time as one of [context.WithDeadline]
// does, which it makes once somebody waits for its end: to answer with what is
// kept in memory nobody does, and a timer costs a part of that.
type deadline struct {
	context.Context // the parent
	at              time.Time

	mu     sync.Mutex
	timed  context.Context // nil until somebody waits
	cancel context.CancelFunc
	ended  bool
}

// withDeadline returns a context that ends at a time, and with the parent, or
// when end is called.
func withDeadline(parent context.Context, at time.Time) (ctx context.Context, end func()) {
	d := &deadline{Context: parent, at: at}
	return d, d.end
}

// timer is the context that ends when this one does.
func (d *deadline) timer() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.ended {
			d.cancel()
		}
	}
	return d.timed
}

func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.cancel != nil {
		d.cancel()
	}
}

// Deadline implements [context.Context].
func (d *deadline) Deadline() (time.Time, bool) {
	if parents, ok := d.Context.Deadline(); ok && parents.Before(d.at) {
		return parents, true
	}
	return d.at, true
}

// Done implements [context.Context].
func (d *deadline) Done() <-chan struct{} { return d.timer().Done() }

// Err implements [context.Context].
func (d *deadline) Err() error { return d.timer().Err() }

// Value implements [context.Context]. Package context asks whose channel Done
// returned, and needs no goroutine to wait for it where it is one of its own.
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	timed := d.timed
	d.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return d.Context.Value(key)
}
