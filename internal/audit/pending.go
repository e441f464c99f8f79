package audit

import (
	"context"
	"sync"

	"csrd/csr"
)

// Pending is an entry that is to be appended with the changes of one request
// or command, each in its own transaction. It travels in the context.
type Pending struct {
	keys  *Keys
	entry Entry
	noted func(*Entry)

	mu       sync.Mutex
	appended bool
}

// NewPending returns a Pending for what entry says. Keys are those of the
// store; noted, if not nil, is called with each entry that is durable.
func NewPending(keys *Keys, entry Entry, noted func(*Entry)) *Pending {
	return &Pending{keys: keys, entry: entry, noted: noted}
}

type pendingKey struct{}

// With returns a context whose changes append the entry.
func With(ctx context.Context, p *Pending) context.Context {
	return context.WithValue(ctx, pendingKey{}, p)
}

// From returns the pending entry of a context, or ErrNoEntry.
func From(ctx context.Context) (*Pending, error) {
	p, ok := ctx.Value(pendingKey{}).(*Pending)
	if !ok {
		return nil, ErrNoEntry
	}
	return p, nil
}

// Action is that of the entry.
func (p *Pending) Action() string { return p.entry.Action }

// Set completes the entry when it is known what came of it.
func (p *Pending) Set(outcome string, resources []string, keyRead bool) {
	p.entry.Outcome, p.entry.Resources, p.entry.KeyRead = outcome, resources, keyRead
}

// Key returns the audit key of a chain; see [Keys.Key].
func (p *Pending) Key(ctx context.Context, owner csr.Owner) (Key, error) {
	return p.keys.Key(ctx, owner)
}

// Remembers reports whether the audit key of a chain was opened already: then
// the chain is there.
func (p *Pending) Remembers(owner csr.Owner) bool {
	_, ok := p.keys.remembered(owner)
	return ok
}

// Next returns the entry that follows a head in the chain of key, for
// resources, and the head after it. The error is ErrAltered where the head is
// not what was written.
func (p *Pending) Next(key Key, head Head, resources []string) (Entry, Head, error) {
	if !key.Sealed(head) {
		return Entry{}, Head{}, ErrAltered
	}
	e := p.entry
	e.Owner, e.Seq = key.owner, head.Seq+1
	if resources != nil {
		e.Resources = resources
	}
	key.Sign(&e, head.MAC)
	return e, key.NewHead(e.Seq, e.MAC), nil
}

// Note is called when an entry is durable.
func (p *Pending) Note(e *Entry) {
	p.mu.Lock()
	p.appended = true
	p.mu.Unlock()
	if p.noted != nil {
		p.noted(e)
	}
}

// Appended reports whether the entry was appended at least once.
func (p *Pending) Appended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.appended
}
