package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"csrd/csr"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of what is done in PostgreSQL.
const (
	// serveLimit is the time that a transaction has until its commit, from the
	// wait for a connection on, and its commit once more.
	serveLimit = 10 * time.Second
	// commandLimit is that of operators' commands, which read the whole record.
	commandLimit = time.Hour
	// retryFor is how long a transaction that was undone is run again for; it
	// outlasts a restart of the database.
	retryFor = 3 * time.Second
	// pingLimit is the time in which a database is ready or not.
	pingLimit = 2 * time.Second
)

// postgresEngine is a PostgreSQL with a pool of connections, or what speaks its
// protocol.
type postgresEngine struct {
	pool    *pgxpool.Pool
	limit   time.Duration
	closing context.Context // ends at close
	end     context.CancelFunc
}

func openPostgres(config *pgxpool.Config, limit time.Duration) (*postgresEngine, error) {
	config = config.Copy()
	inMillis := fmt.Sprint(limit.Milliseconds())
	setDefault(config.ConnConfig.RuntimeParams, "statement_timeout", inMillis)
	setDefault(config.ConnConfig.RuntimeParams, "idle_in_transaction_session_timeout", inMillis)
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	db := &postgresEngine{pool: pool, limit: limit}
	db.closing, db.end = context.WithCancel(context.Background())
	return db, nil
}

func setDefault(params map[string]string, name, value string) {
	if _, set := params[name]; !set {
		params[name] = value
	}
}

func (db *postgresEngine) close() error {
	db.end()
	db.pool.Close() // waits for the connections in use
	return nil
}

// How transactions begin. Reads see one moment of the database. Writes see, with
// each statement, what was committed before it: so they see all that was done
// under the lock of an owner before they had it.
const (
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED"
)

func (db *postgresEngine) read(ctx context.Context, f func(tx) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(db.closing, cancel)()
	return db.run(ctx, func(ctx context.Context) error { return db.transact(ctx, beginRead, f) }, func(e *engineError) bool {
		return e.undone() && !e.seen // f is not told of a row twice
	})
}

func (db *postgresEngine) write(ctx context.Context, f func(tx) error) error {
	return db.run(ctx, func(ctx context.Context) error { return db.transact(ctx, beginWrite, f) }, (*engineError).undone)
}

func (db *postgresEngine) writeAgain(ctx context.Context, f func(tx) error) error {
	return db.run(ctx, func(ctx context.Context) error { return db.transact(ctx, beginWrite, f) }, func(e *engineError) bool {
		return e.undone() || e.unknown
	})
}

// moment is never told: to ask is to read.
func (db *postgresEngine) moment() (moment, bool) { return moment{}, false }

// ping fails where the database takes no writes, too.
func (db *postgresEngine) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	return db.run(ctx, func(ctx context.Context) error {
		return db.transact(ctx, beginWrite, func(t tx) error {
			return t.query("SELECT current_setting('transaction_read_only') FROM id_counter", func(r row) error {
				if r.text(0) == "on" {
					return &engineError{err: errReadOnly, state: readOnlyTransaction}
				}
				return nil
			})
		})
	}, (*engineError).undone)
}

// run runs a transaction, and again while it may, for retryFor at most.
func (db *postgresEngine) run(ctx context.Context, transact func(context.Context) error, again func(*engineError) bool) error {
	ctx, cancel := context.WithTimeout(ctx, db.limit)
	defer cancel()
	started := time.Now()
	for attempt := 1; ; attempt++ {
		err := transact(ctx)
		var failed *engineError
		if !errors.As(err, &failed) {
			return err
		}
		if failed.elsewhere() {
			db.pool.Reset() // the other connections are to the same server
		}
		if !again(failed) || attempt >= failed.attempts() || time.Since(started) > retryFor || !pause(ctx, attempt) {
			return failed.classify(err)
		}
	}
}

// pause waits a little before the next attempt, at random, so that those who
// were in each other's way are not again; false where the context ended.
func pause(ctx context.Context, attempt int) bool {
	most := 250 * time.Millisecond
	if attempt < 6 {
		most = 4 * time.Millisecond << attempt
	}
	timer := time.NewTimer(most/2 + rand.N(most/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// transact runs one transaction. What the database did not do is an
// *engineError.
func (db *postgresEngine) transact(ctx context.Context, begin string, f func(tx) error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return &engineError{err: err, lost: true}
	}
	defer conn.Release() // one that is still in a transaction is closed
	t := &postgresTx{ctx: ctx, conn: conn.Conn()}
	if _, err := t.conn.Exec(ctx, begin); err != nil {
		return t.failed(err)
	}
	if err := f(tx{t}); err != nil {
		db.rollback(t.conn)
		return err
	}
	// An interrupted commit would have an unknown outcome.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.limit)
	defer cancel()
	tag, err := t.conn.Exec(ctx, "COMMIT")
	switch {
	case err != nil:
		return t.commitFailed(err)
	case tag.String() == "ROLLBACK":
		return errors.New("a statement of the transaction failed, and it went on")
	}
	return nil
}

// rollbackLimit is short: a connection that does not answer is closed instead.
const rollbackLimit = time.Second

func (db *postgresEngine) rollback(conn *pgx.Conn) {
	if conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackLimit)
	defer cancel()
	_, _ = conn.Exec(ctx, "ROLLBACK") // if it fails the connection is given up, which does the same
}

// postgresTx prepares each statement once for its connection.
type postgresTx struct {
	ctx  context.Context
	conn *pgx.Conn
	seen bool // a row was handed out
}

func (t *postgresTx) query(sql string, each func(row) error, args ...any) error {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = toText(text)
		}
	}
	rows, err := t.conn.Query(t.ctx, sql, args...)
	if err != nil {
		return t.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		t.seen = true
		if err := each(row{postgresRow{rows}}); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.failed(err)
	}
	return nil
}

func (t *postgresTx) exec(sql string, args ...any) error {
	_, err := t.change(sql, args...)
	return err
}

func (t *postgresTx) change(sql string, args ...any) (int, error) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = toText(text)
		}
	}
	tag, err := t.conn.Exec(t.ctx, sql, args...)
	if err != nil {
		return 0, t.failed(err)
	}
	return int(tag.RowsAffected()), nil
}

// lock locks the owner's row in csr_counter, which is made where there is none.
func (t *postgresTx) lock(owner csr.Owner) error {
	for {
		found := false
		err := t.query("SELECT 1 FROM csr_counter WHERE owner_uin = $1 FOR UPDATE",
			func(row) error { found = true; return nil }, int64(owner))
		if err != nil || found {
			return err
		}
		err = t.exec("INSERT INTO csr_counter (owner_uin, last_seq, last_create_time) VALUES ($1, 0, 0) ON CONFLICT (owner_uin) DO NOTHING", int64(owner))
		if err != nil {
			return err
		}
	}
}

// postgresRow reads values as they came: integers and truth values in binary,
// which is what pgx asks for, texts and bytes as they are.
type postgresRow struct {
	rows pgx.Rows
}

func (r postgresRow) int(column int) (n int64) {
	value := r.rows.RawValues()[column]
	if len(value) == 0 {
		return 0 // NULL
	}
	if value[0] >= 0x80 {
		n = -1
	}
	for _, b := range value {
		n = n<<8 | int64(b)
	}
	return n
}

func (r postgresRow) text(column int) string { return fromText(r.rows.RawValues()[column]) }

func (r postgresRow) bytes(column int) []byte {
	value := r.rows.RawValues()[column]
	if value == nil {
		return nil
	}
	return append([]byte{}, value...)
}
