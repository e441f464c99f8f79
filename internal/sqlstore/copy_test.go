package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/internal/seal"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// columnsOf reads the tables of a SQLite database and their columns.
func columnsOf(t *testing.T, conn *sqlite.Conn) map[string][]string {
	t.Helper()
	columns := map[string][]string{}
	must(t, sqlitex.ExecuteTransient(conn, `SELECT m.name, c.name || ' ' || c.type || iif(c.pk, ' KEY ' || c.pk, '') || iif(c."notnull", ' NOT NULL', '')
		FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name <> 'sqlite_sequence'`,
		&sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			columns[stmt.ColumnText(0)] = append(columns[stmt.ColumnText(0)], stmt.ColumnText(1))
			return nil
		}}))
	return columns
}

// A table or a column that a migration adds must be copied, or be among those
// that say nothing of what is stored.
func TestEveryTableAndColumnIsCopied(t *testing.T) {
	dir := t.TempDir()
	closed(t, serve(t, dir))
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	defer func() { must(t, conn.Close()) }()
	schema := columnsOf(t, conn)
	for _, leftOut := range []string{"server", "schema_version"} {
		if schema[leftOut] == nil {
			t.Errorf("there is no table %s", leftOut)
		}
		delete(schema, leftOut)
	}
	copied := sqlstore.CopiedColumns()
	for name, columns := range schema {
		got := slices.Sorted(slices.Values(copied[name]))
		slices.Sort(columns)
		if !slices.Equal(got, columns) {
			t.Errorf("of the table %s are copied\n%q\nand there are\n%q", name, got, columns)
		}
		delete(copied, name)
	}
	if len(copied) > 0 {
		t.Errorf("there are no tables %v", copied)
	}
}

// Rows in every table, with every kind of value that a column takes: NULL,
// nothing, bytes that are no text, the largest number; more than two pages of
// CSRs, and of domains that sort differently in different engines.
const everyTable = `
	INSERT INTO account VALUES (100000000001, 1, 'root', 1), (100000000002, 9223372036854775807, '云知', 0);
	INSERT INTO cam_user VALUES (100000000001, 'ann', 1, 2, 3), (100000000001, 'Bob', 0, 2, 3);
	INSERT INTO access_key VALUES ('AKIDroot', 100000000001, NULL, x'00ff', 1, 1, 5, NULL), ('akidann', 100000000001, 'ann', x'01', 2, 0, 5, 77);
	INSERT INTO policy VALUES (100000000001, 'own', '{"a": "b"}', 1, 2);
	INSERT INTO policy_attachment VALUES (100000000001, 'ann', 'own', 'own'), (100000000001, 'Bob', 'Preset', NULL);
	INSERT INTO token_key VALUES (100000000001, 'k1', x'0102', 3);
	INSERT INTO data_key VALUES (100000000001, 'd1', x'0100000000000000ff03', 3), (0, 'd0', x'01', 4);
	INSERT INTO master_key VALUES (1, '00000000000000ff', NULL, 3);
	UPDATE id_counter SET next = 7001;
	INSERT INTO csr_counter VALUES (100000000001, 9000, 5, 7), (100000000002, 0, 0, 0);
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4321)
		INSERT INTO csr_detail SELECT 100000000001 + i % 2, i, '["a"]', '', 'PEM ' || i, iif(i % 3, x'00', NULL), iif(i % 5, NULL, x'') FROM n;
	INSERT INTO csr SELECT owner_uin, id, 9000 - id, 'Ä' || id || cast(x'00' AS TEXT), substr('aÄ_-B.z', id % 7 + 1, 1) || id, 'O', '', 'e', 'p', 'c', 'CN',
		'RSA', '2048', cast(x'ff' AS TEXT), id % 2, id, 1, iif(id % 2, zeroblob(32), NULL) FROM csr_detail WHERE id > 20;
	INSERT INTO deleted_csr SELECT owner_uin, id, 9000 - id, 'd', 'd', 'O', '', 'e', 'p', 'c', 'CN', 'RSA', '2048', '', 0, id, 1, 99, NULL FROM csr_detail WHERE id <= 20;
	INSERT INTO csr_count SELECT owner_uin, domain_key, '', 1, 0 FROM csr;
	INSERT INTO csr_range SELECT owner_uin, domain_key, 'RSA', 1, seq, 1 FROM csr;
	INSERT INTO audit_head VALUES (0, x'01', 0, x'', x'02'), (100000000001, x'03', 2, x'04', x'05');
	INSERT INTO audit_stub VALUES (100000000001, 1, x'06', 7, x'08');
	INSERT INTO audit_entry VALUES (100000000001, 2, 3, 'r', 'api', 'ann', 'akidann', '::1', 'ssl:DescribeCSR', '["csr/1"]', 1, 'OK', x'09');
	INSERT INTO server VALUES ('gone/1', 1, 2, '')`

// filled makes a store in a data directory with rows in every table.
func filled(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	closed(t, serve(t, dir))
	script(t, filepath.Join(dir, sqlstore.DatabaseName), everyTable)
	return dir
}

// contents reads every row of the tables that are copied, as bytes.
func contents(t *testing.T, dir string) map[string][]string {
	t.Helper()
	conn := raw(t, filepath.Join(dir, sqlstore.DatabaseName))
	defer func() { must(t, conn.Close()) }()
	all := map[string][]string{}
	for name := range sqlstore.CopiedColumns() {
		must(t, sqlitex.ExecuteTransient(conn, "SELECT * FROM "+name, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			var row strings.Builder
			for i := range stmt.ColumnCount() {
				raw := make([]byte, stmt.ColumnLen(i))
				stmt.ColumnBytes(i, raw)
				fmt.Fprintf(&row, "%v %x, ", stmt.ColumnType(i), raw)
			}
			all[name] = append(all[name], row.String())
			return nil
		}}))
		slices.Sort(all[name])
		if len(all[name]) == 0 {
			t.Errorf("the table %s is empty", name)
		}
	}
	return all
}

// place is where a store is: a data directory, or a database.
type place struct{ dir, url string }

func (p place) source(t testing.TB) (*sqlstore.Store, error) {
	if p.url != "" {
		return sqlstore.OpenDatabase(t.Context(), parse(t, p.url))
	}
	return sqlstore.OpenSource(t.Context(), p.dir)
}

func (p place) target(t testing.TB) (*sqlstore.Store, error) {
	if p.url != "" {
		return sqlstore.OpenTargetDatabase(t.Context(), parse(t, p.url))
	}
	return sqlstore.OpenTarget(t.Context(), p.dir)
}

// copyStore copies from one place to another.
func copyStore(t testing.TB, ctx context.Context, from, to place, resume bool, progress func(doing string, rows int64)) (copied []sqlstore.CopiedTable, err error) {
	t.Helper()
	source, err := from.source(t)
	must(t, err)
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := to.target(t)
	must(t, err)
	defer func() { err = errors.Join(err, target.Close()) }()
	copying := sqlstore.Copying{From: source, To: target, Resume: resume, Progress: func(doing, _ string, rows, _ int64) { progress(doing, rows) }}
	return copying.Copy(ctx)
}

func silent(string, int64) {}

// engines are the places that a copy may go to.
func engines(t *testing.T) map[string]func(t *testing.T) place {
	return map[string]func(t *testing.T) place{
		"SQLite":     func(t *testing.T) place { return place{dir: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) place { return place{url: postgres.Database(t)} },
	}
}

// Through any engine, every byte of every row comes back.
func TestACopyThereAndBackIsTheSame(t *testing.T) {
	for name, somewhere := range engines(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, there, back := filled(t), somewhere(t), place{dir: t.TempDir()}
			want := contents(t, dir)
			first, err := copyStore(t, t.Context(), place{dir: dir}, there, false, silent)
			must(t, err)
			second, err := copyStore(t, t.Context(), there, back, false, silent)
			must(t, err)
			if !slices.Equal(first, second) {
				t.Errorf("copied are\n%v and back\n%v", first, second)
			}
			for _, of := range first {
				if int(of.Rows) != len(want[of.Name]) {
					t.Errorf("it says that %s has %d rows, and there are %d", of.Name, of.Rows, len(want[of.Name]))
				}
			}
			if got := contents(t, back.dir); !reflect.DeepEqual(got, want) {
				t.Error("the copy of the copy differs")
			}
			if got := contents(t, dir); !reflect.DeepEqual(got, want) {
				t.Error("the source was changed")
			}
			closed(t, serve(t, back.dir))
		})
	}
}

// Cut off at any point, it goes on from there, and until it is whole nobody
// opens the target.
func TestACopyThatWasCutOffIsFinishedAndNotServedBefore(t *testing.T) {
	for name, somewhere := range engines(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, to := filled(t), somewhere(t)
			cuts, verifying := 0, false
			for {
				// Each time it comes a few pages further; and once to the verification.
				ctx, cancel := context.WithCancel(t.Context())
				step := 0
				_, err := copyStore(t, ctx, place{dir: dir}, to, cuts > 0, func(doing string, _ int64) {
					if step++; doing == "Copying" && step == 4 || doing == "Verifying" && !verifying {
						verifying = doing == "Verifying"
						cancel()
					}
				})
				cut := ctx.Err() != nil
				cancel()
				if !cut {
					must(t, err)
					break
				}
				if cuts++; err == nil {
					t.Fatal("it goes on when it is cut off")
				}
				_, err = copyStore(t, t.Context(), place{dir: dir}, to, false, silent)
				if !errors.Is(err, sqlstore.ErrHalfCopied) {
					t.Fatalf("without Resume: %v", err)
				}
				if _, err := to.source(t); !errors.Is(err, sqlstore.ErrHalfCopied) {
					t.Fatalf("as a source: %v", err)
				}
				if to.url != "" {
					_, err = sqlstore.ServeDatabase(t.Context(), parse(t, to.url))
				} else {
					_, err = sqlstore.Serve(t.Context(), to.dir)
				}
				if !errors.Is(err, sqlstore.ErrHalfCopied) {
					t.Fatalf("served: %v", err)
				}
			}
			if cuts < 5 || !verifying {
				t.Fatalf("it was cut off %d times", cuts)
			}
			back := place{dir: t.TempDir()}
			_, err := copyStore(t, t.Context(), to, back, false, silent)
			must(t, err)
			if !reflect.DeepEqual(contents(t, back.dir), contents(t, dir)) {
				t.Error("the copy differs")
			}
		})
	}
}

func TestACopyGoesIntoNothingElse(t *testing.T) {
	for name, somewhere := range engines(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, to := filled(t), somewhere(t)
			copyTo := func(from string, resume bool) error {
				_, err := copyStore(t, t.Context(), place{dir: from}, to, resume, silent)
				return err
			}
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := copyStore(t, ctx, place{dir: dir}, to, true, func(string, int64) { cancel() }); err == nil {
				t.Fatal("it was not cut off")
			}
			// The source changes meanwhile, in what every change changes.
			changed := filled(t)
			script(t, filepath.Join(changed, sqlstore.DatabaseName), "UPDATE audit_head SET seq = 3 WHERE owner_uin = 100000000001;")
			if err := copyTo(changed, true); err == nil || !strings.Contains(err.Error(), "another source") {
				t.Errorf("of another source: %v", err)
			}
			must(t, copyTo(dir, true))
			for _, resume := range []bool{false, true} {
				if err := copyTo(dir, resume); err == nil || !strings.Contains(err.Error(), "not empty") {
					t.Errorf("into a store, with resume %t: %v", resume, err)
				}
			}
		})
	}
}

// What the record does not know of, a change by hand, is found when the copy is
// verified.
func TestAChangeWhileItIsCopiedIsFound(t *testing.T) {
	dir, to := filled(t), place{dir: t.TempDir()}
	changed := false
	_, err := copyStore(t, t.Context(), place{dir: dir}, to, false, func(doing string, _ int64) {
		if doing == "Verifying" && !changed {
			changed = true
			script(t, filepath.Join(dir, sqlstore.DatabaseName), "UPDATE csr SET remark = 'x' WHERE id = 4321;")
		}
	})
	if err == nil || !strings.Contains(err.Error(), "the table csr differs") {
		t.Errorf("the error is %v", err)
	}
	if _, err := sqlstore.Serve(t.Context(), to.dir); !errors.Is(err, sqlstore.ErrHalfCopied) {
		t.Errorf("it can be served: %v", err)
	}
}

func TestWhatIsServedIsNotCopied(t *testing.T) {
	dir, url := filled(t), postgres.Database(t)
	s := serve(t, dir)
	for _, open := range []func(context.Context, string) (*sqlstore.Store, error){sqlstore.OpenSource, sqlstore.OpenTarget} {
		if _, err := open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "served by another csrd") {
			t.Errorf("a directory that is served: %v", err)
		}
	}
	closed(t, s)
	running := serveDatabase(t, url)
	must(t, running.SeeServer(t.Context(), seal.Server{ID: "host/1/abc", Started: time.Now(), Seen: time.Now()}))
	closed(t, running)
	for _, test := range []struct{ from, to place }{{place{dir: dir}, place{url: url}}, {place{url: url}, place{dir: t.TempDir()}}} {
		if _, err := copyStore(t, t.Context(), test.from, test.to, false, silent); err == nil || !strings.Contains(err.Error(), "host/1/abc") {
			t.Errorf("a database that is served: %v", err)
		}
	}
}
