package sqlstore

import (
	"context"

	"csrd/csr"
)

// engine is what a Store asks of a database. Errors that kept it from its work
// are csr.ErrUnavailable; of a commit whose outcome is unknown it is none of
// the domain's.
type engine interface {
	// read runs f in a transaction that sees one moment of the database.
	read(ctx context.Context, f func(tx) error) error

	// write runs f in a transaction and commits it durably, if f returns nil.
	// f may run again, where it is sure that what it did before was undone.
	write(ctx context.Context, f func(tx) error) error

	// writeAgain is write for what may be done twice: f runs again where it is
	// unknown, too, whether what it did before was committed.
	writeAgain(ctx context.Context, f func(tx) error) error

	// moment returns the present state of the database, where that can be told
	// without reading.
	moment() (moment, bool)

	// ping fails where the engine cannot do its work now.
	ping(ctx context.Context) error

	// close interrupts the reads under way and waits for the writes.
	close() error
}

// tx runs statements within a transaction. They are written once for all
// engines: their parameters are $1, $2 …, first appear in that order, and are
// int64, string or []byte, where nil is NULL. A truth value is read as 0 or 1.
type tx struct {
	statements
}

// statements is what an engine does for a tx.
type statements interface {
	// query runs a statement and calls each with every row of its result,
	// until that fails.
	query(sql string, each func(row) error, args ...any) error

	exec(sql string, args ...any) error

	// change runs a statement and returns how many rows it changed.
	change(sql string, args ...any) (int, error)

	// lock waits until no other transaction has locked the owner, and keeps
	// others from doing so until the end of this one. What statements read
	// after it is as of after it.
	lock(owner csr.Owner) error

	// hasTable reports whether there is a table.
	hasTable(name string) (bool, error)
}

// row reads the columns of a result, counted from 0.
type row struct {
	columns
}

// columns is what an engine does for a row.
type columns interface {
	int(column int) int64
	text(column int) string
	// bytes returns a copy, nil for NULL.
	bytes(column int) []byte
}
