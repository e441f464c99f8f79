package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// seedVersion changes with what is seeded: folders of another one are made
// anew.
const seedVersion = "1"

// seededName is the file that says a folder is whole.
const seededName = "seeded"

// seeder makes data directories of csrd with many CSRs.
type seeder struct {
	cache string // where they are kept
	*progress
}

// folder returns the data directory with so many CSRs of the big account, and
// seeds it where that was not done yet.
func (s *seeder) folder(ctx context.Context, size int64) (string, error) {
	return s.once(ctx, "csrd", size, s.accounts, s.rows, s.count)
}

// once returns a folder that the parts have made, in this run or an earlier one.
func (s *seeder) once(ctx context.Context, name string, size int64, parts ...func(ctx context.Context, dir string, size int64) error) (string, error) {
	dir := filepath.Join(s.cache, name+"-"+count(size))
	mark := filepath.Join(dir, seededName)
	if text, err := os.ReadFile(mark); err == nil && string(text) == seedVersion {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	began := time.Now()
	s.step("seeding %s CSRs of one account and %s of each of %s small ones in %s", count(size), count(smallRows), count(smallAccounts(size)), dir)
	for _, part := range parts {
		if err := part(ctx, dir, size); err != nil {
			return "", fmt.Errorf("seed %s: %w", dir, err)
		}
	}
	s.step("seeded in %.0f s", time.Since(began).Seconds())
	return dir, os.WriteFile(mark, []byte(seedVersion), 0o600)
}

// accounts has csrd's own packages make the store and its accounts.
func (s *seeder) accounts(ctx context.Context, dir string, size int64) (err error) {
	store, err := sqlstore.Serve(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	master, err := seal.CreateMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		return err
	}
	sealer, err := seal.New(ctx, seal.NewMasterKeys(master), store)
	if err != nil {
		return err
	}
	keys := audit.NewKeys(store, sealer)
	create := func(uin int64, name string) error {
		ctx := audit.With(ctx, audit.NewPending(keys, audit.Entry{Time: time.Now(), Action: "seed", Outcome: audit.OK}, nil))
		return cam.CreateRoot(ctx, store, sealer, cam.Root{Owner: csr.Owner(uin), Name: name, SecretID: secretID(uin), SecretKey: secretKey}, time.Now())
	}
	if err := create(bigUin, "root"); err != nil {
		return err
	}
	n := smallAccounts(size)
	for i := range n {
		if err := create(firstSmall+i, "small-"+strconv.FormatInt(i, 10)); err != nil {
			return err
		}
		s.at("%s of %s accounts", count(i+1), count(n))
	}
	return nil
}

// rows inserts the CSRs straight into the tables that csrd made.
func (s *seeder) rows(ctx context.Context, dir string, size int64) (err error) {
	return s.bulk(ctx, filepath.Join(dir, sqlstore.DatabaseName), "csr", func(conn *sqlite.Conn) error {
		if err := s.insert(conn, bigUin, size, size); err != nil {
			return err
		}
		n := smallAccounts(size)
		for i := range n {
			if err := s.insert(conn, firstSmall+i, smallRows, size); err != nil {
				return err
			}
			s.at("CSRs of %s of %s small accounts", count(i+1), count(n))
		}
		return sqlitex.Execute(conn, "UPDATE id_counter SET next = ? WHERE name = 'csr'", &sqlitex.ExecOptions{Args: []any{size + n*smallRows + 1}})
	})
}

// bulk runs f in one transaction of a database that nothing makes durable: a
// folder that is cut off is made anew. Meanwhile the table has no indexes: it
// is quicker to sort one once than to insert into it row by row.
func (s *seeder) bulk(ctx context.Context, file, table string, f func(*sqlite.Conn) error) (err error) {
	conn, err := sqlite.OpenConn(file, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	conn.SetInterrupt(ctx.Done())
	script := func(statements ...string) error {
		for _, sql := range statements {
			if err := sqlitex.ExecuteTransient(conn, sql, nil); err != nil {
				return fmt.Errorf("%.60s: %w", sql, err)
			}
		}
		return nil
	}
	if err := script("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF",
		"PRAGMA cache_size = -500000", "PRAGMA temp_store = FILE", "BEGIN"); err != nil {
		return err
	}
	var indexes, drop []string
	err = sqlitex.ExecuteTransient(conn, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", &sqlitex.ExecOptions{
		Args: []any{table},
		ResultFunc: func(row *sqlite.Stmt) error {
			drop = append(drop, "DROP INDEX "+row.ColumnText(0))
			indexes = append(indexes, row.ColumnText(1))
			return nil
		},
	})
	if err != nil {
		return err
	}
	if err := script(drop...); err != nil {
		return err
	}
	if err := f(conn); err != nil {
		return err
	}
	for _, sql := range indexes {
		if err := s.while("indexing", func() error { return script(sql) }); err != nil {
			return err
		}
	}
	return script("COMMIT", "PRAGMA journal_mode = WAL")
}

// insert inserts the CSRs of an account. They have no PEM and no private key,
// which no list reads.
func (s *seeder) insert(conn *sqlite.Conn, uin, rows, size int64) error {
	first := idOf(uin, 1, size)
	err := sqlitex.Execute(conn, `WITH RECURSIVE n (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
		INSERT INTO csr_detail (owner_uin, id, subject_alt_name, tags, pem) SELECT ?3, id, '[]', '[]', '' FROM n`,
		&sqlitex.ExecOptions{Args: []any{first, first + rows - 1, uin}})
	if err != nil {
		return err
	}
	insert, err := conn.Prepare(`INSERT INTO csr (owner_uin, id, seq, domain, domain_key, organization, department, email, province, city, country,
			encrypt_algo, key_parameter, remark, status, create_time, revision, spki)
		VALUES (?1, ?2, ?3, ?4, ?4, 'Example Trading Company Ltd', 'Platform Security', 'pki-operations@example.com', 'Guangdong', 'Shenzhen', 'CN',
			?5, ?6, ?7, ?8, ?9, 1, ?10)`)
	if err != nil {
		return err
	}
	for seq := int64(1); seq <= rows; seq++ {
		r := rowOf(uin, seq)
		insert.BindInt64(1, uin)
		insert.BindInt64(2, first+seq-1)
		insert.BindInt64(3, seq)
		insert.BindText(4, r.domain)
		insert.BindText(5, r.algo)
		insert.BindText(6, r.parameter)
		insert.BindText(7, r.remark)
		insert.BindBool(8, !r.draft)
		insert.BindInt64(9, createTime(seq))
		if r.draft {
			insert.BindNull(10)
		} else {
			insert.BindBytes(10, spki(uin, seq))
		}
		if _, err := insert.Step(); err != nil {
			return err
		}
		if err := insert.Reset(); err != nil {
			return err
		}
		if seq%10_000 == 0 {
			s.at("%s of %s CSRs", count(seq), count(rows))
		}
	}
	return sqlitex.Execute(conn, "INSERT INTO csr_counter (owner_uin, last_seq, last_create_time) VALUES (?, ?, ?)",
		&sqlitex.ExecOptions{Args: []any{uin, rows, createTime(rows)}})
}

func createTime(seq int64) int64 { return baseTime + seq*1_000_000 }

// count has csrd count the CSRs, as it does at the start on a store of a
// version that kept no counts.
func (s *seeder) count(ctx context.Context, dir string, size int64) error {
	return s.while("csrd counts the CSRs", func() error {
		store, err := sqlstore.Serve(ctx, dir)
		if err != nil {
			return err
		}
		return store.Close()
	})
}

// count is a number, as 10k or 1M where it is round.
func count(n int64) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return strconv.FormatInt(n/1_000_000, 10) + "M"
	case n >= 10_000 && n%1000 == 0:
		return strconv.FormatInt(n/1000, 10) + "k"
	}
	return strconv.FormatInt(n, 10)
}
