package sqlstore_test

import (
	"errors"
	"testing"

	"csrd/csr"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// The database itself holds what the program promises: whoever writes it, no
// CSR is without its detail or belongs to nobody.
func TestDatabaseRefusesWhatCannotBe(t *testing.T) {
	s, dir := served(t)
	addAccount(t, s)
	addCSR(t, s)
	deleted := addCSR(t, s)
	_, err := s.Delete(t.Context(), owner, []int64{deleted.ID}, start, true)
	must(t, err)
	before := dump(t, dir)
	const (
		row = "SELECT owner_uin, id + 10, seq + 10, domain, domain_key, organization, department, email, province, city, country, " +
			"encrypt_algo, key_parameter, remark, status, create_time, revision"
		detail = "INSERT INTO csr_detail (owner_uin, id, subject_alt_name, tags, pem) VALUES "
	)
	for _, test := range []struct {
		name, sql string
		want      sqlite.ResultCode
	}{
		{"an access key of no account", "INSERT INTO access_key VALUES ('AKIDother', 1, x'00', 1, 1, 0)", sqlite.ResultConstraintForeignKey},
		{"a detail of no account", detail + "(1, 1, '[]', '[]', '')", sqlite.ResultConstraintForeignKey},
		{"a CSR without its detail", "INSERT INTO csr " + row + ", NULL FROM csr", sqlite.ResultConstraintForeignKey},
		{"a deleted CSR without its detail", "INSERT INTO deleted_csr " + row + ", 0, NULL FROM csr", sqlite.ResultConstraintForeignKey},
		{"a CSR moved to another id", "UPDATE csr SET id = id + 10", sqlite.ResultConstraintForeignKey},
		{"a CSR moved to another account", "UPDATE csr SET owner_uin = owner_uin + 1", sqlite.ResultConstraintForeignKey},
		{"the detail of a CSR gone", "DELETE FROM csr_detail WHERE id IN (SELECT id FROM csr)", sqlite.ResultConstraintForeignKey},
		{"the detail of a deleted CSR gone", "DELETE FROM csr_detail WHERE id IN (SELECT id FROM deleted_csr)", sqlite.ResultConstraintForeignKey},
		{"an account with CSRs gone", "DELETE FROM account", sqlite.ResultConstraintForeignKey},
		{"an account twice", "INSERT INTO account SELECT * FROM account", sqlite.ResultConstraintPrimaryKey},
		{"a SecretId twice", "INSERT INTO access_key SELECT * FROM access_key", sqlite.ResultConstraintPrimaryKey},
		{"an id of 0", detail + "(100000000001, 0, '[]', '[]', '')", sqlite.ResultConstraintCheck},
		{"an id of 2^53", detail + "(100000000001, 9007199254740992, '[]', '[]', '')", sqlite.ResultConstraintCheck},
		{"a third status", "UPDATE csr SET status = 2", sqlite.ResultConstraintCheck},
		{"a key half enabled", "UPDATE access_key SET enabled = 2", sqlite.ResultConstraintCheck},
		{"an id counter that is used up", "UPDATE id_counter SET next = 9007199254740992", sqlite.ResultConstraintCheck},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.Writer(func(conn *sqlite.Conn) {
				if err := sqlitex.ExecuteTransient(conn, test.sql, nil); sqlite.ErrCode(err) != test.want {
					t.Errorf("error %v, want %v", err, test.want)
				}
			})
			if dump(t, dir) != before {
				t.Error("it has changed the store")
			}
		})
	}
}

func TestCSRsOfNobodyAreRefused(t *testing.T) {
	s, dir := served(t)
	c := newCSR(t, s) // and there is no account
	before := dump(t, dir)
	if err := s.Create(t.Context(), c); sqlite.ErrCode(err) != sqlite.ResultConstraintForeignKey || errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("error %v, want %v, which is not %v", err, sqlite.ResultConstraintForeignKey, csr.ErrUnavailable)
	}
	if dump(t, dir) != before {
		t.Error("it has changed the store")
	}
}
