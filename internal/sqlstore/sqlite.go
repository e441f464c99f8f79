package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"csrd/csr"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// busyTimeout is how long a statement waits for another process, such as an
// operator's command beside a running server.
const busyTimeout = 5 * time.Second

// sqliteEngine is a SQLite file with one connection that writes and a few that
// read: in WAL mode they do not wait for one another, but too many readers
// would take the processors from the writer.
type sqliteEngine struct {
	writer  chan *sqlite.Conn // holds the one connection while nobody uses it
	writes  writes
	readers *readers
	index   *walIndex // nil beside a running server
}

func (db *sqliteEngine) moment() (moment, bool) { return db.index.moment() }

func openSQLite(path string) (*sqliteEngine, error) {
	conn, err := openConn(path)
	if err != nil {
		return nil, err
	}
	readers, err := openReaders(path, max(2, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	db := &sqliteEngine{writer: make(chan *sqlite.Conn, 1), readers: readers}
	db.writer <- conn
	return db, nil
}

// openConn opens a connection and sets it up. FULL syncs the WAL at each commit:
// what was acknowledged survives a power cut. secure_delete overwrites what is
// deleted. One that only reads too is opened to write: it maintains the WAL's
// index.
func openConn(path string, more ...string) (*sqlite.Conn, error) {
	// No URI: a path may hold any character.
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	for _, pragma := range append([]string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA foreign_keys = ON",
		"PRAGMA secure_delete = ON",
		"PRAGMA temp_store = MEMORY",
	}, more...) {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

func (db *sqliteEngine) close() error {
	readers := db.readers.close()
	return errors.Join(readers, (<-db.writer).Close(), db.index.close())
}

// read runs f in a transaction that sees one moment of the database.
func (db *sqliteEngine) read(ctx context.Context, f func(tx) error) error {
	conn, put, err := db.readers.take(ctx)
	if err != nil {
		return classify(err)
	}
	defer put() // rolls back: a BEGIN that was interrupted may have begun all the same
	t := sqliteTx{conn}
	if err := t.exec("BEGIN"); err != nil {
		return classify(err)
	}
	return classify(f(tx{t}))
}

// writeAgain is write: where the outcome of a commit is unknown, the file or
// the disk is damaged, and trying again does not help.
func (db *sqliteEngine) writeAgain(ctx context.Context, f func(tx) error) error {
	return db.write(ctx, f)
}

func (db *sqliteEngine) ping(ctx context.Context) error {
	return db.read(ctx, func(t tx) error { return t.exec("SELECT 1 FROM id_counter") })
}

// sqliteTx prepares each statement once for its connection. SQLite numbers
// parameters by where they first appear.
type sqliteTx struct {
	conn *sqlite.Conn
}

// end rolls back what was not committed, whoever has gone away.
func (t sqliteTx) end() {
	t.conn.SetInterrupt(nil)
	t.rollBack()
}

func (t sqliteTx) rollBack() {
	if !t.conn.AutocommitEnabled() {
		// A rollback that fails leaves the connection in the transaction, and
		// its next BEGIN fails: that error is told.
		_ = t.exec("ROLLBACK")
	}
}

func (t sqliteTx) query(sql string, each func(row) error, args ...any) (err error) {
	stmt, err := t.conn.Prepare(sql)
	if err != nil {
		return err
	}
	defer func() {
		if reset := errors.Join(stmt.Reset(), stmt.ClearBindings()); err == nil {
			err = reset
		}
	}()
	for i, arg := range args {
		switch arg := arg.(type) {
		case int64:
			stmt.BindInt64(i+1, arg)
		case string:
			stmt.BindText(i+1, arg)
		case []byte:
			if arg == nil {
				stmt.BindNull(i + 1)
			} else {
				stmt.BindBytes(i+1, arg)
			}
		default:
			return fmt.Errorf("sqlstore: parameter %d has type %T", i+1, arg)
		}
	}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return err
		}
		if err := each(row{sqliteRow{stmt}}); err != nil {
			return err
		}
	}
}

func (t sqliteTx) exec(sql string, args ...any) error {
	return t.query(sql, func(row) error { return nil }, args...)
}

func (t sqliteTx) change(sql string, args ...any) (int, error) {
	err := t.exec(sql, args...)
	return t.conn.Changes(), err
}

// lock has nothing to do: one transaction writes at a time.
func (t sqliteTx) lock(csr.Owner) error { return nil }

func (t sqliteTx) hasTable(name string) (has bool, err error) {
	err = t.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1", func(row) error { has = true; return nil }, name)
	return has, err
}

type sqliteRow struct {
	stmt *sqlite.Stmt
}

func (r sqliteRow) int(column int) int64   { return r.stmt.ColumnInt64(column) }
func (r sqliteRow) text(column int) string { return r.stmt.ColumnText(column) }

func (r sqliteRow) bytes(column int) []byte {
	if r.stmt.ColumnIsNull(column) {
		return nil
	}
	b := make([]byte, r.stmt.ColumnLen(column))
	r.stmt.ColumnBytes(column, b)
	return b
}

// classify marks what kept the engine from doing its work as
// csr.ErrUnavailable. Errors of the domain pass.
func classify(err error) error {
	if err == nil || errors.Is(err, csr.ErrUnavailable) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", csr.ErrUnavailable, err)
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultBusy, sqlite.ResultLocked, sqlite.ResultIOErr, sqlite.ResultCantOpen,
		sqlite.ResultReadOnly, sqlite.ResultNoMem, sqlite.ResultInterrupt, sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return fmt.Errorf("%w: %w", csr.ErrUnavailable, err)
	}
	return err
}

// classifyCommit knows that only a full disk or a busy database surely leaves
// a failed commit undone; of any other failure the outcome is unknown.
func classifyCommit(err error) error {
	if err == nil {
		return nil
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultBusy:
		return fmt.Errorf("%w: %w", csr.ErrUnavailable, err)
	}
	return fmt.Errorf("commit, its outcome unknown: %w", err)
}
