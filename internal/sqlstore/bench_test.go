package sqlstore

import (
	"fmt"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/pgtest"
)

// BenchmarkList reads a page of ten with its total, out of the CSRs of one
// account.
func BenchmarkList(b *testing.B) { benchmarkList(b, openSQLiteBench) }

func BenchmarkListOnPostgreSQL(b *testing.B) { benchmarkList(b, openPostgresBench) }

func openSQLiteBench(b *testing.B) (*Store, error) { return Serve(b.Context(), b.TempDir()) }

func openPostgresBench(b *testing.B) (*Store, error) {
	d, err := ParseDatabase(pgtest.Start(b).URL("postgres")+"&statement_timeout=0", 0)
	if err != nil {
		return nil, err
	}
	s, err := ServeDatabase(b.Context(), d)
	if err == nil {
		s.db.(*postgresEngine).limit = time.Hour // for seeding
	}
	return s, err
}

func benchmarkList(b *testing.B, open func(*testing.B) (*Store, error)) {
	for _, size := range []int64{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d CSRs", size), func(b *testing.B) {
			s := seeded(b, size, open)
			for _, test := range []struct {
				name   string
				filter csr.Filter
				offset int64
			}{
				{"first page", csr.Filter{}, 0},
				{"middle page", csr.Filter{}, size / 2},
				{"last page", csr.Filter{}, size - 10},
				{"first page by domain", csr.Filter{Domain: "d7.example.com"}, 0},
				{"first page by algorithm", csr.Filter{EncryptAlgo: "RSA"}, 0},
				{"middle page by domain", csr.Filter{Domain: "d7.example.com"}, size / 200},
				{"middle page by algorithm", csr.Filter{EncryptAlgo: "RSA"}, size * 9 / 20},
				{"first page by both", csr.Filter{Domain: "d7.example.com", EncryptAlgo: "ECC"}, 0},
			} {
				b.Run(test.name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						list, err := s.List(b.Context(), benchOwner, test.filter, csr.Page{Offset: test.offset, Limit: 10})
						if err != nil || len(list.Records) != 10 || list.Total > size {
							b.Fatalf("%d records of %d: %v", len(list.Records), list.Total, err)
						}
					}
				})
			}
		})
	}
}

const benchOwner csr.Owner = 100000000001

// seeded returns a store with CSRs of one owner: a hundred domains, one in ten
// of ECC.
func seeded(b *testing.B, size int64, open func(*testing.B) (*Store, error)) *Store {
	b.Helper()
	s, err := open(b)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	err = s.db.write(b.Context(), func(t tx) error {
		if err := t.exec("INSERT INTO account (owner_uin, create_time) VALUES ($1, 0)", int64(benchOwner)); err != nil {
			return err
		}
		const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) "
		err := t.exec(`INSERT INTO csr_detail (owner_uin, id, subject_alt_name, tags, pem) `+numbers+`SELECT CAST($2 AS BIGINT), i, '[]', '[]', '' FROM n`,
			size, int64(benchOwner))
		if err != nil {
			return err
		}
		err = t.exec(`INSERT INTO csr (`+rowColumns+`) `+numbers+`
			SELECT CAST($2 AS BIGINT), i, 'd' || (i % 100) || '.example.com', 'Example', 'IT', 'pki@example.com', 'Hunan', 'Changsha', 'CN',
				CASE WHEN i % 10 = 7 THEN 'ECC' ELSE 'RSA' END, '2048', '', 0, i, i, 'd' || (i % 100) || '.example.com', 1, NULL FROM n`,
			size, int64(benchOwner))
		if err != nil {
			return err
		}
		if err := t.exec("INSERT INTO csr_counter (owner_uin, last_seq, last_create_time) VALUES ($1, $2, $2)", int64(benchOwner), size); err != nil {
			return err
		}
		return t.recount(benchOwner)
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}
