package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"csrd/internal/pgtest"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// requests asks so many random things of a store with so many CSRs, whose ids
// are as far as last.
func requests(n int, total, last int64) (asked []struct {
	action     string
	parameters parameters
}) {
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		action, p := "DescribeCSR", parameters{"CSRId": 1 + random.Int64N(last)}
		if random.IntN(2) == 0 {
			action, p = "DescribeCSRSet", parameters{"Limit": 1 + random.IntN(100), "Offset": random.Int64N(total + 5)}
			if random.IntN(3) == 0 {
				p["Domain"] = fmt.Sprintf("h%d.example.com", random.IntN(200))
				p["Offset"] = 0
			}
			if random.IntN(3) == 0 {
				p["Algorithm"] = []string{"RSA", "ECC"}[random.IntN(2)]
			}
		}
		asked = append(asked, struct {
			action     string
			parameters parameters
		}{action, p})
	}
	return asked
}

// A store that was copied into PostgreSQL and back answers with the same bytes,
// private keys among them, in all three places, and its record verifies.
func TestACopiedStoreAnswersTheSame(t *testing.T) {
	t.Parallel()
	from, back := t.TempDir(), filepath.Join(t.TempDir(), "back")
	database := pgtest.Start(t).URL("postgres")
	s := serve(t, from, several.env)
	c := clientOf(t, s, several.root)
	for i := range 300 {
		p := draftOf(fmt.Sprintf("h%d.example.com", i%200), fmt.Sprint("CSR ", i)).with("Generate", i%3 > 0)
		id, err := c.create(p)
		if err == nil && i%25 == 0 {
			_, err = c.delete(id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.stop(t)

	copyStore(t, from, database)
	copyStore(t, database, back)
	servers := []*server{serve(t, from, several.env), serve(t, t.TempDir(), several.env, "--database", database), serve(t, back, several.env)}
	for _, ask := range requests(100, 288, 300) {
		var first []byte
		for i, s := range servers {
			answer, err := clientOf(t, s, several.root).answer(ask.action, ask.parameters)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = answer
			} else if !bytes.Equal(answer, first) {
				t.Errorf("%s %v is answered\n%s\nand by the copy %d\n%s", ask.action, ask.parameters, first, i, answer)
			}
		}
	}
	for _, args := range [][]string{{"--data", from}, {"--data", back}, {"--data", t.TempDir(), "--database", database}} {
		for _, command := range [][]string{{"audit", "verify"}, {"store", "check"}} {
			if out, err := csrd(several.env, append(command, args...)...).CombinedOutput(); err != nil {
				t.Errorf("csrd %v %v: %v\n%s", command, args, err, out)
			}
		}
	}
}

func copyStore(t *testing.T, from, to string, args ...string) {
	t.Helper()
	out, err := csrd(nil, append([]string{"store", "copy", "--from", from, "--to", to}, args...)...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Copied and verified") || !strings.Contains(string(out), "master key was not copied") {
		t.Fatalf("csrd store copy --from %s --to %s: %v\n%s", from, to, err, out)
	}
}

// A copy that is killed, again and again, goes on with --resume until it is
// there, and is not served before.
func TestAKilledCopyIsResumed(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	serve(t, from, several.env).stop(t)
	askSQLite(t, from, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		INSERT INTO csr_range SELECT 100000000001, 'd' || i, 'RSA', 1, i, 1 FROM n`)
	killed, begun := 0, false
	for wait := 50 * time.Millisecond; ; wait += wait / 2 {
		var out bytes.Buffer
		cmd := csrd(nil, "store", "copy", "--from", from, "--to", to, "--resume")
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		if kill.Stop(); err == nil {
			break
		}
		if cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("%v: %s", err, &out)
		}
		killed++
		half := halfCopied(t, to)
		if begun && !half {
			break // it was whole, and killed while it closed the target
		}
		if begun = half; half {
			if r := refused(t, to, several.env); r.code != 1 || !strings.Contains(r.stderr, "--resume") {
				t.Error(r)
			}
		}
	}
	if killed == 0 {
		t.Error("it was never killed")
	}
	t.Logf("killed %d times", killed)
	if rows := askSQLite(t, to, "SELECT count(*) FROM csr_range"); rows != 100_000 {
		t.Errorf("there are %d rows", rows)
	}
	serve(t, to, several.env).stop(t)
}

// halfCopied reports whether a copy was begun and is not whole.
func halfCopied(t *testing.T, data string) bool {
	if _, err := os.Stat(filepath.Join(data, "csrd.db")); err != nil {
		return false
	}
	return askSQLite(t, data, "SELECT count(*) FROM sqlite_schema WHERE name = 'store_copy'") == 1
}

// askSQLite returns the number that a statement gives.
func askSQLite(t *testing.T, data, statement string) (n int64) {
	t.Helper()
	conn, err := sqlite.OpenConn(filepath.Join(data, "csrd.db"), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, statement, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		n = stmt.ColumnInt64(0)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
