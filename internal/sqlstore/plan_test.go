package sqlstore_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"zombiezen.com/go/sqlite"
)

// plan returns the steps by which SQLite runs a statement.
func plan(t *testing.T, conn *sqlite.Conn, sql string) string {
	t.Helper()
	stmt, _, err := conn.PrepareTransient("EXPLAIN QUERY PLAN " + sql)
	must(t, err)
	defer stmt.Finalize()
	var steps []string
	for {
		more, err := stmt.Step() // no parameter is bound: the plan is the same
		must(t, err)
		if !more {
			return strings.Join(steps, "\n")
		}
		steps = append(steps, stmt.ColumnText(3))
	}
}

// plans returns what the readers run while f does, by the texts of the
// statements.
func plans(t *testing.T, s *sqlstore.Store, f func() error) map[string]string {
	t.Helper()
	before := map[string]bool{}
	s.Readers(t, func(conn *sqlite.Conn) {
		for _, sql := range sqlstore.Statements(conn) {
			before[sql] = true
		}
	})
	must(t, f())
	found := map[string]string{}
	s.Readers(t, func(conn *sqlite.Conn) {
		for _, sql := range sqlstore.Statements(conn) {
			if !before[sql] && strings.HasPrefix(sql, "SELECT") {
				found[sql] = plan(t, conn, sql)
			}
		}
	})
	return found
}

// What every request runs goes to its rows by an index and sorts nothing: its
// cost does not grow with what else is in the store.
func TestRequestsReadByAnIndexAndSortNothing(t *testing.T) {
	const middle = 2 * sqlstore.Undivided
	l := newLarge(t, 2*middle)
	s, c := l.Store, addCSR(t, l.Store)
	deep := func(offset int64) func() error {
		return func() error {
			_, err := s.List(t.Context(), owner, csr.Filter{}, csr.Page{Offset: offset, Limit: 10})
			return err
		}
	}
	list := func(form string) func() error {
		return func() error {
			_, err := s.List(t.Context(), owner, filters[form], csr.Page{Limit: 10})
			return err
		}
	}
	for _, test := range []struct {
		name string
		run  func() error
		want []string // what each statement searches by
	}{
		{"list", list("no filter"), []string{
			"c (owner_uin=? AND domain_key=? AND encrypt_algo=?) LEFT-JOIN", "csr (owner_uin=?)", "o (owner_uin=?)", // csr_count, csr_counter
		}},
		{"list by domain", list("domain"), []string{"csr (owner_uin=? AND domain_key=?)"}},
		{"list by algorithm", list("algorithm"), []string{"csr (owner_uin=? AND encrypt_algo=?)"}},
		{"list from before the middle", deep(middle - 50), []string{"csr (owner_uin=? AND seq<?)", "csr_range (owner_uin=? AND domain_key=? AND encrypt_algo=? AND level=? AND range>? AND range<?)"}},
		{"list from behind the middle", deep(middle + 50), []string{"csr (owner_uin=? AND seq>?)"}},
		{"list by both", list("domain, algorithm"), []string{"csr (owner_uin=? AND domain_key=? AND encrypt_algo=?)"}},
		{"get", func() error { _, err := s.Get(t.Context(), owner, c.ID); return err }, []string{
			"csr (owner_uin=? AND id=?)", "csr_detail (owner_uin=? AND id=?)",
		}},
		{"by public key", func() error { _, err := s.FindBySPKI(t.Context(), owner, []byte{1}, 10); return err }, []string{"csr (owner_uin=? AND spki=?)"}},
		{"access key", func() error { _, err := s.AccessKey(t.Context(), secretID); return err }, []string{
			"a (owner_uin=?)", "k (secret_id=?)", "u (owner_uin=? AND name=?) LEFT-JOIN", // account, access_key, cam_user
		}},
		{"policies of a user", func() error { _, err := s.PoliciesOf(t.Context(), owner, "dev"); return err }, []string{
			"a (owner_uin=? AND user_name=?)", "p (owner_uin=? AND name=?) LEFT-JOIN", // policy_attachment, policy
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for sql, steps := range plans(t, s, test.run) {
				// A step for each table, such as
				// SEARCH csr USING COVERING INDEX csr_by_seq (owner_uin=?)
				for step := range strings.SplitSeq(steps, "\n") {
					words := strings.Fields(step)
					if len(words) < 2 || words[0] != "SEARCH" || !strings.Contains(step, " INDEX ") && !strings.Contains(step, " PRIMARY KEY ") {
						t.Errorf("%s\nruns as\n%s", sql, steps)
						continue
					}
					got = append(got, words[1]+" "+step[strings.Index(step, "("):])
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("it searches %q, want %q", got, test.want)
			}
		})
	}
}

func TestWritesScanNoTable(t *testing.T) {
	s, _ := served(t)
	addAccount(t, s)
	one, two, three := addCSR(t, s), addCSR(t, s), newCSR(t, s)
	three.Status = csr.Draft
	must(t, s.Create(recorded(t, s), three))
	must(t, s.Update(recorded(t, s), three))
	must(t, s.Create(recorded(t, s), importedCSR(t, s)))
	keyless := importedCSR(t, s)
	keyless.PEM = "another"
	must(t, s.CreateOnce(recorded(t, s), keyless))
	must(t, s.AddKey(recorded(t, s), owner, keyless.ID, csr.Sealed{1}, nil))
	_, err := s.Delete(recorded(t, s), owner, []int64{one.ID, two.ID}, start, true)
	must(t, err)
	must(t, s.Restore(recorded(t, s), owner, two.ID))
	_, err = s.Delete(recorded(t, s), owner, []int64{two.ID}, start, false)
	must(t, err)
	_, err = s.Purge(recorded(t, s), start.AddDate(1, 0, 0), 100)
	must(t, err)
	wantTotal(t, s, 3)
	must(t, s.SetLastUsed(t.Context(), map[string]time.Time{secretID: start}))
	must(t, s.CreateUser(recorded(t, s), cam.User{Owner: owner, Name: "dev", CreateTime: start, TokensFrom: start}))
	must(t, s.CreateKey(recorded(t, s), cam.AccessKey{SecretID: "AKIDdev", Owner: owner, User: "dev", SecretKey: csr.Sealed{1}, Enabled: true, CreateTime: start}))
	must(t, s.EnableKey(recorded(t, s), "AKIDdev", false))
	must(t, s.DeleteUser(recorded(t, s), owner, "dev", true))
	s.Writer(func(conn *sqlite.Conn) {
		found := map[string]bool{}
		for _, sql := range sqlstore.Statements(conn) {
			verb, _, _ := strings.Cut(sql, " ")
			found[verb] = true
			if verb == "BEGIN" || verb == "COMMIT" || verb == "ROLLBACK" {
				continue
			}
			if steps := plan(t, conn, sql); strings.Contains(steps, "SCAN ") || strings.Contains(steps, "TEMP B-TREE") {
				t.Errorf("%s\nruns as\n%s", sql, steps)
			}
		}
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE", "SELECT"} {
			if !found[verb] {
				t.Errorf("no statement begins with %s: is the writer seen? There are %q", verb, slices.Sorted(maps.Keys(found)))
			}
		}
	})
}
