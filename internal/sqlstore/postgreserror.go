package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"csrd/csr"

	"github.com/jackc/pgx/v5/pgconn"
)

// What PostgreSQL calls some errors (appendix A of its documentation); classes
// have two characters, with the rest behind them.
const (
	serializationFailure = "40001"
	completionUnknown    = "40003" // of CockroachDB: a commit that is ambiguous
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505"
	notSupported         = "0A000" // a plan whose columns a migration changed; also read-write on a standby
	noSuchStatement      = "26000" // prepared on another connection of a pooler
	readOnlyTransaction  = "25006"
	lockNotAvailable     = "55P03"
	dataCorrupted        = "XX001"
	indexCorrupted       = "XX002"
	queryCanceled        = "57014"
	databaseDropped      = "57P04"

	classConnection   = "08"
	classResources    = "53" // disk full, out of memory, too many connections
	classIntervention = "57" // a shutdown, a start, a statement's time was up
	classSystem       = "58" // an I/O error
)

var errReadOnly = errors.New("the database is read-only")

// engineError is what the database did not do.
type engineError struct {
	err     error
	state   string // SQLSTATE; "" where the database said nothing
	lost    bool   // the connection, before the commit was sent
	unknown bool   // whether it is committed
	seen    bool   // f was told of a row
}

func (e *engineError) Error() string { return e.err.Error() }
func (e *engineError) Unwrap() error { return e.err }

// failed says what a statement's error means for its transaction.
func (t *postgresTx) failed(err error) error {
	e := &engineError{err: err, seen: t.seen, lost: t.conn.IsClosed()}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		e.state = said.Code
	}
	return e
}

// commitFailed says what the error of a COMMIT means. Where the database says
// ERROR the transaction is undone; where it dies, or says nothing, it may have
// been committed, unless nothing of it was sent.
func (t *postgresTx) commitFailed(err error) error {
	e := &engineError{err: err, seen: t.seen}
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said):
		e.state = said.Code
		e.unknown = said.SeverityUnlocalized != "ERROR" || said.Code == completionUnknown || e.isOf(classConnection, classIntervention)
	case pgconn.SafeToRetry(err):
		e.lost = true
	default:
		e.unknown = true
	}
	return e
}

func (e *engineError) isOf(classes ...string) bool {
	return len(e.state) == 5 && slices.Contains(classes, e.state[:2])
}

// elsewhere reports whether the server that the connections are to is gone, or
// has become a standby.
func (e *engineError) elsewhere() bool {
	return e.state == readOnlyTransaction || e.isOf(classConnection, classIntervention) && e.state != queryCanceled || e.lost && e.state == ""
}

// undone reports whether the transaction did nothing and may do it at another try.
func (e *engineError) undone() bool {
	switch {
	case e.unknown || e.state == queryCanceled || e.state == databaseDropped:
		return false
	case errors.Is(e.err, context.Canceled), errors.Is(e.err, context.DeadlineExceeded):
		return false // the caller's time is up
	case e.lost:
		return true
	}
	switch e.state {
	case serializationFailure, deadlockDetected, uniqueViolation, noSuchStatement, readOnlyTransaction, lockNotAvailable:
		return true
	case notSupported:
		return strings.Contains(e.err.Error(), "cached plan")
	}
	return e.isOf(classConnection, classResources, classIntervention)
}

// attempts is how often a transaction is tried at most.
func (e *engineError) attempts() int {
	if e.state == uniqueViolation {
		return 3 // of a row that another transaction added since this one looked; then it is found
	}
	return 50 // retryFor comes first
}

// classify is the error that a caller gets: csr.ErrUnavailable for what kept
// the database from its work.
func (e *engineError) classify(err error) error {
	if e.unknown {
		return fmt.Errorf("commit, its outcome unknown: %v", err) // not %w: no caller may take it for anything that is known
	}
	switch {
	case e.lost,
		errors.Is(e.err, context.Canceled), errors.Is(e.err, context.DeadlineExceeded),
		slices.Contains([]string{serializationFailure, deadlockDetected, readOnlyTransaction, lockNotAvailable, noSuchStatement, dataCorrupted, indexCorrupted}, e.state),
		e.isOf(classConnection, classResources, classIntervention, classSystem):
		return fmt.Errorf("%w: %w", csr.ErrUnavailable, err)
	}
	return err
}
