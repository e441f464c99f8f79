package sqlstore

import (
	"os"
	"sync/atomic"
	"unsafe"
)

// moment is a state of the whole database: while it is the same, nothing was
// committed, by whatever process. It is the header of the WAL-index ("The
// WAL-Index Header" in SQLite's "WAL-mode File Format"), with the counter of
// transactions, the number of frames and their checksum.
type moment [walIndexHeader / 8]uint64

// walIndexHeader is the size in bytes of one of the two copies of the header
// with which the shared memory of a database begins.
const walIndexHeader = 48

// walIndex is a look at the shared memory that every connection to a database
// in WAL mode changes when it commits, before the commit is acknowledged.
type walIndex struct {
	file   *os.File
	memory []byte
}

// moment returns the present one; false where it cannot be told.
func (w *walIndex) moment() (moment, bool) {
	if w == nil {
		return moment{}, false
	}
	// A commit writes the second copy first: while the two differ, one is under way.
	first, second := w.copyOf(0), w.copyOf(1)
	return first, first == second && first != moment{}
}

func (w *walIndex) copyOf(n int) (m moment) {
	for i := range m {
		m[i] = atomic.LoadUint64((*uint64)(unsafe.Pointer(&w.memory[n*walIndexHeader+i*8])))
	}
	return m
}

// close closes the file, when no connection of this process is open any more:
// that releases the locks that all of them hold on it (fcntl(2)). The memory
// stays mapped: a request that outlasts the store may still look at it.
func (w *walIndex) close() error {
	if w == nil {
		return nil
	}
	return w.file.Close()
}

// openWALIndex looks at the shared memory of a database that a connection has
// read from; nil where the system does not allow it: then [Store.Version] reads
// every time.
func openWALIndex(database string) *walIndex {
	file, err := os.Open(database + "-shm")
	if err != nil {
		return nil
	}
	memory, err := mapShared(file, 2*walIndexHeader)
	if err != nil {
		_ = file.Close() // nothing was locked in a process without shared memory
		return nil
	}
	return &walIndex{file, memory}
}
