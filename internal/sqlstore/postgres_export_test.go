package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Statement is what a database was asked.
type Statement struct {
	SQL  string
	Args []any
}

// Trace calls f with each statement of the stores that are opened then.
func (d *Database) Trace(f func(Statement)) { d.config.ConnConfig.Tracer = tracer(f) }

type tracer func(Statement)

func (f tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	f(Statement{data.SQL, data.Args})
	return ctx
}

func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Explain returns how a statement is run where some settings hold.
func (s *Store) Explain(ctx context.Context, statement Statement, settings ...string) (string, error) {
	var lines []string
	err := s.db.write(ctx, func(t tx) error {
		for _, setting := range settings {
			if err := t.exec(setting); err != nil {
				return err
			}
		}
		return t.query("EXPLAIN "+statement.SQL, func(r row) error { lines = append(lines, r.text(0)); return nil }, statement.Args...)
	})
	return strings.Join(lines, "\n"), err
}

var errUndone = errors.New("undone")

// Twice lets every write run twice, of which the first is undone, as where the
// database ends it for another's sake.
func (s *Store) Twice() { s.db = twice{s.db} }

type twice struct{ engine }

func (e twice) write(ctx context.Context, f func(tx) error) error {
	err := e.engine.write(ctx, func(t tx) error {
		if err := f(t); err != nil {
			return err
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		return err
	}
	return e.engine.write(ctx, f)
}

func (e twice) writeAgain(ctx context.Context, f func(tx) error) error {
	if err := e.engine.writeAgain(ctx, f); err != nil {
		return err
	}
	return e.engine.writeAgain(ctx, f)
}
