package sqlstore

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"csrd/internal/seal"
)

// copyTable is in a store while another one is copied into it: a row for each
// table that was begun, with the primary key and the number of the rows that are
// there, and one without a name, with a digest of the source. It is no part of
// the schema: no store has it that may be served.
const copyTable = "store_copy"

var (
	// ErrHalfCopied says that another store is being copied into a store, or was
	// and did not come to the end.
	ErrHalfCopied = errors.New("a copy of another store into this one did not come to its end: `csrd store copy --resume` goes on with it; or remove all of this one, and begin again")

	errNotEmpty    = errors.New("the target is not empty: give it a directory or a database of its own; only a copy that did not come to its end can be continued, with --resume")
	errOtherSource = errors.New("the target holds a part of another source, or the source has changed since: remove all of the target, and begin again")
	errServed      = errors.New("a csrd serves it, or did so less than a minute ago: stop it, or wait, so that nothing changes while it is copied")
)

// Copying copies all of a store into an empty one. What is sealed stays so, under
// the same master key.
type Copying struct {
	From, To *Store
	// Resume goes on with what is in To already, where it is of the same source.
	Resume bool
	// Progress is called as rows of a table are copied or, then, verified.
	Progress func(doing, table string, rows, of int64)
}

// CopiedTable is a table that was copied, and verified.
type CopiedTable struct {
	Name   string
	Rows   int64
	Digest Digest
}

// Copy copies and verifies. When it returns an error To is not to be served, and
// no csrd does; another Copy with Resume goes on. It fails where one of the
// stores is served.
func (c *Copying) Copy(ctx context.Context) ([]CopiedTable, error) {
	for _, s := range []struct {
		name  string
		store *Store
	}{{"source", c.From}, {"target", c.To}} {
		if err := s.store.notServed(ctx); err != nil {
			return nil, fmt.Errorf("the %s: %w", s.name, err)
		}
	}
	state, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range tables() {
		if err := c.copyTable(ctx, of, state[of.name]); err != nil {
			return nil, err
		}
	}
	copied, err := c.verify(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.From.notServed(ctx); err != nil {
		return nil, fmt.Errorf("the source: %w", err)
	}
	return copied, c.To.db.write(ctx, func(t tx) error { return t.exec("DROP TABLE " + copyTable) })
}

// notServed fails while a server works on a store. In a data directory the lock
// says so, which is held already.
func (s *Store) notServed(ctx context.Context) error {
	if s.lock != nil {
		return nil
	}
	servers, err := s.Servers(ctx)
	if err != nil {
		return err
	}
	for _, server := range servers {
		if time.Since(server.Seen) < seal.GoneAfter {
			return fmt.Errorf("%w: it is %s", errServed, server.ID)
		}
	}
	return nil
}

// position is how far a table is copied.
type position struct {
	rows  int64
	after []any // the primary key of the last row; nil before the first
}

// begin returns how far each table is. Where nothing is begun it makes sure that
// the target is empty.
func (c *Copying) begin(ctx context.Context) (map[string]position, error) {
	source, err := c.sourceDigest(ctx)
	if err != nil {
		return nil, err
	}
	begun := ""
	state := map[string]position{}
	err = c.To.db.read(ctx, func(t tx) error {
		there, err := t.hasTable(copyTable)
		if err != nil {
			return err
		}
		if !there {
			return t.empty()
		}
		return t.query("SELECT table_name, position, row_count FROM "+copyTable, func(r row) error {
			if r.text(0) == "" {
				begun = r.text(1)
				return nil
			}
			after, err := parseKey(r.text(1))
			if err != nil {
				return fmt.Errorf("how far the table %s is copied: %w", r.text(0), err)
			}
			state[r.text(0)] = position{r.int(2), after}
			return nil
		})
	})
	switch {
	case err != nil:
		return nil, err
	case begun == source && c.Resume:
		return state, nil
	case begun != "" && !c.Resume:
		return nil, ErrHalfCopied
	case begun != "":
		return nil, errOtherSource
	}
	return state, c.To.db.write(ctx, func(t tx) error {
		for _, sql := range []string{
			"CREATE TABLE " + copyTable + " (table_name TEXT NOT NULL PRIMARY KEY, position TEXT NOT NULL, row_count BIGINT NOT NULL)",
			"DELETE FROM id_counter", // the only row of an empty store
		} {
			if err := t.exec(sql); err != nil {
				return err
			}
		}
		return t.exec("INSERT INTO "+copyTable+" (table_name, position, row_count) VALUES ('', $1, 0)", source)
	})
}

// empty fails unless a store is as it was made.
func (t tx) empty() error {
	for _, of := range tables() {
		if of.name == "id_counter" {
			continue
		}
		if rows, err := t.rowsAfter(of, nil, 1); err != nil || len(rows) > 0 {
			return cmp.Or(err, errNotEmpty)
		}
	}
	return nil
}

// sourceDigest tells the source from others, and from what it becomes by any
// change: the record has an entry of each, and its heads and counters are in it.
func (c *Copying) sourceDigest(ctx context.Context) (string, error) {
	var all Digest
	for _, of := range tables() {
		switch of.name {
		case "csr", "csr_detail", "deleted_csr", "csr_count", "csr_range", "audit_entry":
			continue // as large as the store
		}
		_, d, err := c.From.digest(ctx, of, func(int64) {})
		if err != nil {
			return "", err
		}
		all.add([]any{of.name, d.String()})
	}
	return all.String(), nil
}

// copyTable copies the rest of a table. The rows of a transaction and how far
// they go are written together.
func (c *Copying) copyTable(ctx context.Context, of table, p position) error {
	total, err := c.From.countRows(ctx, of)
	if err != nil {
		return err
	}
	for p.rows < total {
		c.Progress("Copying", of.name, p.rows, total)
		var page [][]any
		err := c.From.db.read(ctx, func(t tx) (err error) {
			page, err = t.rowsAfter(of, p.after, pageRows)
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil // the source lost some; that it changed is found when it is verified
		}
		p = position{p.rows + int64(len(page)), page[len(page)-1][:of.key]}
		key := formatKey(p.after)
		err = c.To.db.write(ctx, func(t tx) error {
			if err := t.insertRows(of, page); err != nil {
				return err
			}
			return t.exec("INSERT INTO "+copyTable+` (table_name, position, row_count) VALUES ($1, $2, $3)
				ON CONFLICT (table_name) DO UPDATE SET position = excluded.position, row_count = excluded.row_count`, of.name, key, p.rows)
		})
		if err != nil {
			return fmt.Errorf("copy the table %s after %d rows: %w", of.name, p.rows-int64(len(page)), err)
		}
	}
	return nil
}

func (s *Store) countRows(ctx context.Context, of table) (n int64, err error) {
	err = s.db.read(ctx, func(t tx) error {
		return t.query("SELECT count(*) FROM "+of.name, func(r row) error { n = r.int(0); return nil })
	})
	return n, err
}

// formatKey writes a primary key of integers and texts, which may hold any bytes.
func formatKey(key []any) string {
	parts := make([]string, len(key))
	for i, value := range key {
		switch v := value.(type) {
		case int64:
			parts[i] = "i" + strconv.FormatInt(v, 10)
		case string:
			parts[i] = "t" + hex.EncodeToString([]byte(v))
		}
	}
	return strings.Join(parts, " ")
}

func parseKey(text string) (key []any, err error) {
	for part := range strings.FieldsSeq(text) {
		if number, ok := strings.CutPrefix(part, "i"); ok {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				return nil, err
			}
			key = append(key, n)
			continue
		}
		raw, err := hex.DecodeString(strings.TrimPrefix(part, "t"))
		if err != nil {
			return nil, err
		}
		key = append(key, string(raw))
	}
	return key, nil
}

// verify reads both stores again, whole, and compares them.
func (c *Copying) verify(ctx context.Context) (copied []CopiedTable, err error) {
	for _, of := range tables() {
		total, err := c.From.countRows(ctx, of)
		if err != nil {
			return nil, err
		}
		rows, digest, err := c.From.digest(ctx, of, func(rows int64) { c.Progress("Verifying", of.name, rows, 2*total) })
		if err != nil {
			return nil, err
		}
		has, got, err := c.To.digest(ctx, of, func(has int64) { c.Progress("Verifying", of.name, rows+has, 2*total) })
		if err != nil {
			return nil, err
		}
		if has != rows || got != digest {
			return nil, fmt.Errorf("the table %s differs: %d rows with the digest %s in the source, %d with %s in the target: "+
				"was one of them changed meanwhile? Remove all of the target, and begin again", of.name, rows, digest, has, got)
		}
		copied = append(copied, CopiedTable{of.name, rows, digest})
	}
	return copied, nil
}

// refuseHalfCopied fails where a copy into a store did not come to its end.
func (s *Store) refuseHalfCopied(ctx context.Context) error {
	return s.db.read(ctx, func(t tx) error {
		if there, err := t.hasTable(copyTable); err != nil || there {
			return cmp.Or(err, ErrHalfCopied)
		}
		return nil
	})
}
