package sqlstore

import (
	"context"
	"errors"
	"sync"

	"zombiezen.com/go/sqlite"
)

// readers are the connections that read. They are kept here and by no pool of
// the library's: that starts and ends a goroutine for each use of a connection,
// which takes as long as a short statement does.
type readers struct {
	free   chan *reader
	all    []*reader
	closed chan struct{} // once none is given out any more
}

// reader is a connection that reads.
type reader struct {
	conn *sqlite.Conn

	mu  sync.Mutex
	cut func() // interrupts what the connection does, and whatever it is to do until it is armed
}

func openReaders(path string, n int) (*readers, error) {
	p := &readers{free: make(chan *reader, n), closed: make(chan struct{})}
	for range n {
		conn, err := openConn(path, "PRAGMA query_only = ON")
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		r := &reader{conn: conn}
		r.arm()
		p.all = append(p.all, r)
		p.free <- r
	}
	return p, nil
}

// arm makes the connection one that works, and can be interrupted once.
func (r *reader) arm() {
	interrupt := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = sync.OnceFunc(func() { close(interrupt) })
	r.conn.SetInterrupt(interrupt)
}

func (r *reader) interrupt() func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut
}

// take waits for a reader, which is interrupted when ctx ends, until it is put
// back. What it has not ended by then is rolled back.
func (p *readers) take(ctx context.Context) (conn *sqlite.Conn, put func(), err error) {
	var r *reader
	select {
	case r = <-p.free:
	case <-p.closed:
		return nil, nil, errClosed
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	err = ctx.Err() // select takes any of what can be: a read after its end would not be interrupted at once
	if isClosed(p.closed) {
		err = errClosed
	}
	if err != nil {
		p.free <- r
		return nil, nil, err
	}
	cut := r.interrupt()
	stop := context.AfterFunc(ctx, cut)
	return r.conn, func() {
		if !stop() || isClosed(p.closed) {
			cut() // it may be about to be: not later
			r.arm()
		}
		sqliteTx{r.conn}.rollBack()
		p.free <- r
	}, nil
}

var errClosed = errors.New("the store is closed")

// close interrupts the readers in use and waits for them.
func (p *readers) close() error {
	close(p.closed)
	for _, r := range p.all {
		r.interrupt()()
	}
	var failed []error
	for range p.all {
		failed = append(failed, (<-p.free).conn.Close())
	}
	return errors.Join(failed...)
}
