package sqlstore

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"zombiezen.com/go/sqlite"
)

// A commit is synced to the disk, which costs many times what most writes do.
// So what waits for the connection that writes is done by the one who gets it,
// in one transaction with his own, and committed at once. Nobody waits for
// others to come: a single writer is as quick as without.

// maxGroup bounds how many writes share a commit, and so how long the first of
// them waits for it.
const maxGroup = 128

// writes are those that wait for the connection that writes.
type writes struct {
	mu      sync.Mutex
	waiting []*pendingWrite
}

// pendingWrite is a write that waits, or that somebody is doing.
type pendingWrite struct {
	ctx  context.Context
	f    func(tx) error
	err  error         // set before done is closed
	done chan struct{} // closed when it is committed or undone
}

func (w *writes) add(p *pendingWrite) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, p)
}

// remove takes a write back; false where somebody is doing it, or has.
func (w *writes) remove(p *pendingWrite) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, waiting := range w.waiting {
		if waiting == p {
			w.waiting = append(w.waiting[:i:i], w.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// take takes the writes that have waited longest.
func (w *writes) take() (group []*pendingWrite) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.waiting), maxGroup)
	group, w.waiting = w.waiting[:n:n], w.waiting[n:]
	return group
}

// write runs f in a transaction and commits it durably, if f returns nil. The
// transaction may be shared with other writes: what f does is undone alone
// where it fails.
func (db *sqliteEngine) write(ctx context.Context, f func(tx) error) error {
	p := &pendingWrite{ctx: ctx, f: f, done: make(chan struct{})}
	db.writes.add(p)
	select {
	case conn := <-db.writer:
		defer func() { db.writer <- conn }()
		for !isClosed(p.done) {
			if err := db.writeGroup(ctx, conn); err != nil && db.writes.remove(p) {
				return err
			}
		}
		return p.err
	case <-p.done:
		return p.err
	case <-ctx.Done():
		if db.writes.remove(p) {
			return classify(ctx.Err())
		}
		<-p.done
		return p.err
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// writeGroup does the writes that wait, in one transaction that begins within
// ctx. An error says that none of them was taken.
func (db *sqliteEngine) writeGroup(ctx context.Context, conn *sqlite.Conn) error {
	t := sqliteTx{conn}
	conn.SetInterrupt(ctx.Done())
	defer t.end()
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return classify(err)
	}
	group := db.writes.take()
	if len(group) > 1 {
		conn.SetInterrupt(nil) // it would undo the writes of others
	}
	err := t.runAll(group)
	conn.SetInterrupt(nil) // an interrupted commit would have an unknown outcome
	if err == nil {
		err = classifyCommit(t.exec("COMMIT"))
	}
	for _, p := range group {
		if err != nil {
			p.err = err
		}
		close(p.done)
	}
	return nil
}

// runAll runs the writes of a group one after the other. An error says that all
// of them are undone.
func (t sqliteTx) runAll(group []*pendingWrite) error {
	if len(group) == 1 {
		return t.run(group[0])
	}
	for _, p := range group {
		if p.err = classify(p.ctx.Err()); p.err != nil {
			continue
		}
		if err := t.exec("SAVEPOINT one"); err != nil {
			return classify(err)
		}
		if p.err = t.run(p); p.err != nil {
			if t.conn.AutocommitEnabled() { // what went wrong has undone everything, as a full disk does
				return p.err
			}
			if err := t.exec("ROLLBACK TO one"); err != nil {
				return classify(err)
			}
		}
		if err := t.exec("RELEASE one"); err != nil {
			return classify(err)
		}
	}
	return nil
}

// run runs a write. What panics must not leave others waiting: it is an error.
func (t sqliteTx) run(p *pendingWrite) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("sqlstore: panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return classify(p.f(tx{t}))
}
