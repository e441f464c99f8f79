package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"
	"csrd/internal/storetest"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const otherOwner csr.Owner = owner + 1

// recordedStore makes a store with a record of ten entries for the one account
// and one for the other, closed, and returns its directory.
func recordedStore(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := serve(t, dir)
	defer closed(t, s)
	addAccount(t, s) // entry 1
	for range 4 {
		addCSR(t, s)
	}
	c := addCSR(t, s) // entry 6
	_, err := s.Delete(recorded(t, s), owner, []int64{c.ID}, start, true)
	must(t, err)
	must(t, s.Restore(recorded(t, s), owner, c.ID))
	entry := storetest.Entry()
	entry.KeyRead, entry.Action, entry.Resources = true, "ssl:DescribeCSR", []string{audit.CSR(c.ID)}
	must(t, s.Append(audit.With(t.Context(), audit.NewPending(audit.NewKeys(s, storetest.Sealer{}), entry, nil)), owner)) // 9
	must(t, s.Append(recorded(t, s), owner))                                                                              // 10
	must(t, s.CreateAccount(recorded(t, s), cam.Account{Owner: otherOwner}, cam.AccessKey{SecretID: "AKIDother", Owner: otherOwner, SecretKey: csr.Sealed("x")}))
	return dir
}

// heads returns the ends of the chains of a store, as they would be kept.
func heads(t *testing.T, s *sqlstore.Store) (kept []audit.Kept) {
	t.Helper()
	owners, err := s.Chains(t.Context())
	must(t, err)
	for _, o := range owners {
		must(t, s.ReadChain(t.Context(), o, func(c audit.Chain) error {
			if c.Head != nil {
				kept = append(kept, audit.Kept{Owner: o, Seq: c.Head.Seq, MAC: c.Head.MAC})
			}
			return nil
		}, func(*audit.Entry) error { return nil }))
	}
	return kept
}

// verify returns what the verification of a closed store says of both chains,
// given what was kept.
func verify(t *testing.T, dir string, kept ...audit.Kept) string {
	t.Helper()
	s := serve(t, dir)
	defer closed(t, s)
	var said []string
	for _, o := range []csr.Owner{owner, otherOwner} {
		var of []audit.Kept
		for _, k := range kept {
			if k.Owner == o {
				of = append(of, k)
			}
		}
		report, err := audit.Verify(t.Context(), s, audit.NewKeys(s, storetest.Sealer{}), o, of...)
		if err != nil {
			said = append(said, err.Error())
			continue
		}
		for _, f := range report.Faults {
			said = append(said, f.String())
		}
	}
	return strings.Join(said, "\n")
}

// Whoever can write the database, but not open the audit key, cannot change
// the record unnoticed, and what was changed is told with its place.
func TestAlteredRecordIsFoundWithItsPlace(t *testing.T) {
	const (
		mine  = "owner_uin = 100000000001"
		where = " WHERE " + mine + " AND seq = "
		// Later entries move out of the way, or up; twice, as SQLite checks the
		// primary key row by row.
		shift  = "UPDATE audit_entry SET seq = seq + 1000 WHERE " + mine + " AND seq >= %d; UPDATE audit_entry SET seq = seq - 1000 + (%d) WHERE " + mine + " AND seq > 1000;"
		copyOf = "INSERT INTO audit_entry SELECT owner_uin, %d, time, request_id, actor_kind, user_name, secret_id, address, action, resources, key_read, outcome, mac FROM audit_entry WHERE " + mine + " AND seq = %d;"
	)
	insert := fmt.Sprintf(shift+copyOf, 5, 1, 5, 4)
	tests := []struct{ name, sql, want string }{
		{"nothing", "", ""},
		{"the time", "UPDATE audit_entry SET time = time + 1" + where + "4", "entry 4: altered"},
		{"the RequestId", "UPDATE audit_entry SET request_id = 'another'" + where + "4", "entry 4: altered"},
		{"the kind of actor", "UPDATE audit_entry SET actor_kind = 'server'" + where + "4", "entry 4: altered"},
		{"the user", "UPDATE audit_entry SET user_name = 'bea'" + where + "4", "entry 4: altered"},
		{"a letter from one text to the next", "UPDATE audit_entry SET user_name = 'an', secret_id = 'nAKIDann'" + where + "4", "entry 4: altered"},
		{"the SecretId", "UPDATE audit_entry SET secret_id = ''" + where + "4", "entry 4: altered"},
		{"the address", "UPDATE audit_entry SET address = '192.0.2.2'" + where + "4", "entry 4: altered"},
		{"the action", "UPDATE audit_entry SET action = 'ssl:DescribeCSRSet'" + where + "9", "entry 9: altered"},
		{"the resources", `UPDATE audit_entry SET resources = '["csr/99"]'` + where + "7", "entry 7: altered"},
		{"no resources", `UPDATE audit_entry SET resources = '[]'` + where + "7", "entry 7: altered"},
		{"resources that are none", `UPDATE audit_entry SET resources = 'x'` + where + "7", "entry 7: altered"},
		{"that a key was read", "UPDATE audit_entry SET key_read = 0" + where + "9", "entry 9: altered"},
		{"the outcome", "UPDATE audit_entry SET outcome = 'InvalidAction'" + where + "1", "entry 1: altered"},
		{"the HMAC", "UPDATE audit_entry SET mac = zeroblob(32)" + where + "4", "entry 4: altered"},
		{"the HMAC's length", "UPDATE audit_entry SET mac = x'00'" + where + "4", "entry 4: altered"},
		{"the last entry", "UPDATE audit_entry SET time = 0" + where + "10", "entry 10: altered"},
		{"the HMAC of the last entry", "UPDATE audit_entry SET mac = zeroblob(32)" + where + "10", "entry 10: altered"},
		{"the content of two entries exchanged", "UPDATE audit_entry SET seq = 1000" + where + "3; UPDATE audit_entry SET seq = 3" + where + "4; UPDATE audit_entry SET seq = 4" + where + "1000", "entry 3: altered, moved"},
		{"the content of distant entries exchanged", "UPDATE audit_entry SET seq = 1000" + where + "2; UPDATE audit_entry SET seq = 2" + where + "9; UPDATE audit_entry SET seq = 9" + where + "1000", "entry 2: altered, moved"},
		{"an entry removed", "DELETE FROM audit_entry" + where + "5", "entry 5: missing"},
		{"several removed", "DELETE FROM audit_entry" + where + "5; DELETE FROM audit_entry" + where + "6", "entry 5: missing, with all up to entry 6"},
		{"the first removed", "DELETE FROM audit_entry" + where + "1", "entry 1: missing"},
		{"one removed and the others moved up", "DELETE FROM audit_entry" + where + "5;" + fmt.Sprintf(shift, 6, -1), "entry 5: altered, moved or inserted"},
		{"a copy inserted and the others moved down", insert, "entry 5: altered, moved or inserted"},
		{"a copy appended", fmt.Sprintf(copyOf, 11, 10), "entry 11: altered, moved or inserted"},
		{"a copy appended far off", fmt.Sprintf(copyOf, 20, 10), "entry 11: missing, with all up to entry 19"},
		{"the other account's entry in its place", "DELETE FROM audit_entry" + where + "1; UPDATE audit_entry SET owner_uin = 100000000001 WHERE owner_uin = 100000000002", "entry 1: altered, moved or inserted"},
		{"the tail cut", "DELETE FROM audit_entry WHERE " + mine + " AND seq > 7", "entry 8: missing, with all up to entry 10"},
		{"all entries removed", "DELETE FROM audit_entry WHERE " + mine, "entry 1: missing, with all up to entry 10"},
		{"the tail cut, and the head set to it", "DELETE FROM audit_entry WHERE " + mine + " AND seq > 7; UPDATE audit_head SET seq = 7, mac = (SELECT mac FROM audit_entry" + where + "7) WHERE " + mine, "the head of the chain was altered"},
		{"the head alone", "UPDATE audit_head SET seq = 9 WHERE " + mine, "the head of the chain was altered"},
		{"the head of the other account", "UPDATE audit_head SET (seq, mac, seal) = (SELECT seq, mac, seal FROM audit_head WHERE owner_uin = 100000000002) WHERE " + mine, "the head of the chain was altered"},
		{"the head removed", "DELETE FROM audit_head WHERE " + mine, "account 100000000001: the chain has entries and no head"},
		{"the audit key", "UPDATE audit_head SET audit_key = x'01' || audit_key WHERE " + mine, "open the audit key of account 100000000001"},
		{"the audit key of the other account", "UPDATE audit_head SET audit_key = (SELECT audit_key FROM audit_head WHERE owner_uin = 100000000002) WHERE " + mine, "open the audit key of account 100000000001"},
		{"a stub of somebody's own", "INSERT INTO audit_stub SELECT owner_uin, seq, mac, 0, mac FROM audit_entry" + where + "4; DELETE FROM audit_entry WHERE " + mine + " AND seq <= 4", "the stub of the pruned entries up to 4 is not one"},
	}
	dir := recordedStore(t)
	path := filepath.Join(dir, sqlstore.DatabaseName)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			altered := t.TempDir()
			script(t, path, "VACUUM INTO '"+filepath.Join(altered, sqlstore.DatabaseName)+"'")
			if test.sql != "" {
				// Foreign keys are not in the way of somebody who writes the file.
				script(t, filepath.Join(altered, sqlstore.DatabaseName), "PRAGMA foreign_keys = OFF; "+test.sql)
			}
			got := verify(t, altered)
			first, _, _ := strings.Cut(got, "\n")
			if test.want == "" && got != "" || !strings.Contains(first, test.want) {
				t.Errorf("found is\n%s\nwant first %q", got, test.want)
			}
		})
	}
}

// With a head that was kept elsewhere, also what is consistent in itself is
// found: an older copy, or none.
func TestOlderRecordPutBackIsFoundByTheHeadThatWasKept(t *testing.T) {
	dir := recordedStore(t)
	old := filepath.Join(t.TempDir(), "old.db")
	script(t, filepath.Join(dir, sqlstore.DatabaseName), "VACUUM INTO '"+old+"'")
	s := serve(t, dir)
	before := heads(t, s)
	for range 3 {
		addCSR(t, s)
	}
	kept := heads(t, s)
	closed(t, s)
	if got := verify(t, dir, append(before, kept...)...); got != "" {
		t.Fatalf("the record as it is: %s", got)
	}

	putBack := t.TempDir()
	script(t, old, "VACUUM INTO '"+filepath.Join(putBack, sqlstore.DatabaseName)+"'")
	if got := verify(t, putBack); got != "" {
		t.Errorf("without a head an older copy cannot be told from the record: %s", got)
	}
	if got, want := verify(t, putBack, kept...), "account 100000000001, entry 11: missing, with all up to entry 13, whose head was kept"; !strings.Contains(got, want) {
		t.Errorf("found is %q, want %q", got, want)
	}
	// It was used meanwhile, and has as many entries again.
	s = serve(t, putBack)
	for range 4 { // the same entries would have the same HMACs; real ones have other RequestIds
		e := storetest.Entry()
		e.RequestID = "another"
		must(t, s.Append(audit.With(t.Context(), audit.NewPending(audit.NewKeys(s, storetest.Sealer{}), e, nil)), owner))
	}
	closed(t, s)
	if got, want := verify(t, putBack, kept...), "account 100000000001, entry 13: not the one whose head was kept"; !strings.Contains(got, want) {
		t.Errorf("found is %q, want %q", got, want)
	}
	// All of the record is gone.
	script(t, filepath.Join(putBack, sqlstore.DatabaseName), "DELETE FROM audit_entry; DELETE FROM audit_head")
	if got, want := verify(t, putBack, kept...), "account 100000000001, entry 1: missing, with all up to entry 13, whose head was kept"; !strings.Contains(got, want) {
		t.Errorf("found is %q, want %q", got, want)
	}
}

// A pruned chain is as safe as a whole one.
func TestAlteredStubIsFound(t *testing.T) {
	dir := recordedStore(t)
	s := serve(t, dir)
	kept := heads(t, s)
	keys := audit.NewKeys(s, storetest.Sealer{})
	pruned, _, err := audit.Prune(recorded(t, s), s, keys, owner, start.Add(time.Hour), start, 100)
	if err != nil || pruned != 10 {
		t.Fatalf("pruned are %d, %v", pruned, err)
	}
	addCSR(t, s)
	closed(t, s)
	if got := verify(t, dir, kept...); got != "" {
		t.Fatalf("the pruned chain: %s", got)
	}
	path := filepath.Join(dir, sqlstore.DatabaseName)
	for _, test := range []struct{ name, sql, want string }{
		{"the stub removed", "DELETE FROM audit_stub", "entry 1: missing, with all up to entry 10"},
		{"the stub's place", "UPDATE audit_stub SET seq = 11", "the stub of the pruned entries up to 11 is not one"},
		{"the stub's time", "UPDATE audit_stub SET prune_time = 0", "the stub of the pruned entries up to 10 is not one"},
		{"the stub's HMAC", "UPDATE audit_stub SET mac = zeroblob(32)", "the stub of the pruned entries up to 10 is not one"},
		{"the entry after it removed", "DELETE FROM audit_entry WHERE seq = 11", "entry 11: missing"},
		{"an entry before it", "UPDATE audit_entry SET seq = 3 WHERE seq = 12", "entry 3: inserted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			altered := t.TempDir()
			script(t, path, "VACUUM INTO '"+filepath.Join(altered, sqlstore.DatabaseName)+"'")
			script(t, filepath.Join(altered, sqlstore.DatabaseName), "PRAGMA foreign_keys = OFF; "+test.sql)
			if got, _, _ := strings.Cut(verify(t, altered), "\n"); !strings.Contains(got, test.want) {
				t.Errorf("found is first %q, want %q", got, test.want)
			}
		})
	}
}

// A tail that was cut cannot be written over by going on from there.
func TestNothingIsAppendedToAnAlteredHead(t *testing.T) {
	dir := recordedStore(t)
	script(t, filepath.Join(dir, sqlstore.DatabaseName), `DELETE FROM audit_entry WHERE owner_uin = 100000000001 AND seq > 7;
		UPDATE audit_head SET seq = 7, mac = (SELECT mac FROM audit_entry e WHERE e.owner_uin = audit_head.owner_uin AND e.seq = 7) WHERE owner_uin = 100000000001`)
	s := serve(t, dir)
	defer closed(t, s)
	c := newCSR(t, s)
	if err := s.Create(recorded(t, s), c); err == nil || !strings.Contains(err.Error(), "audit verify") {
		t.Errorf("error %v, want one that says what to do", err)
	}
	wantTotal(t, s, 5)
}

// Killed between any two statements, or refused by the database, a change and
// its entry are both there or neither: they are in one transaction.
func TestEntryThatTheDatabaseRefusesUndoesItsChange(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	c := addCSR(t, s)
	s.Writer(func(conn *sqlite.Conn) {
		must(t, sqlitex.ExecuteTransient(conn, "CREATE TRIGGER refuse BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no more entries'); END", nil))
	})
	before := dump(t, dir)
	fresh := newCSR(t, s)
	for name, write := range map[string]func() error{
		"Create": func() error { return s.Create(recorded(t, s), fresh) },
		"Delete": func() error { _, err := s.Delete(recorded(t, s), owner, []int64{c.ID}, start, true); return err },
		"Append": func() error { return s.Append(recorded(t, s), owner) },
	} {
		if err := write(); err == nil || !strings.Contains(err.Error(), "no more entries") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if after := dump(t, dir); after != before {
		t.Errorf("it has changed the store from\n%s\nto\n%s", before, after)
	}
}
