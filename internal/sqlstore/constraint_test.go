package sqlstore_test

import (
	"errors"
	"testing"

	"csrd/csr"
	"csrd/internal/cam"

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
	_, err := s.Delete(recorded(t, s), owner, []int64{deleted.ID}, start, true)
	must(t, err)
	must(t, s.CreateUser(recorded(t, s), cam.User{Owner: owner, Name: "alice", CreateTime: start, TokensFrom: start}))
	must(t, s.CreateUser(recorded(t, s), cam.User{Owner: owner, Name: "keyed", CreateTime: start, TokensFrom: start}))
	must(t, s.CreateKey(recorded(t, s), cam.AccessKey{SecretID: "AKIDkeyed", Owner: owner, User: "keyed", SecretKey: csr.Sealed{1}, CreateTime: start}))
	must(t, s.CreatePolicy(recorded(t, s), cam.Policy{Owner: owner, Name: "p", Document: "{}", CreateTime: start, ChangeTime: start}))
	must(t, s.Attach(recorded(t, s), owner, cam.Attachment{User: "alice", Policy: "p"}))
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
		{"an access key of no account", "INSERT INTO access_key VALUES ('AKIDother', 1, NULL, x'00', 1, 1, 0, NULL)", sqlite.ResultConstraintForeignKey},
		{"an access key of no user", "UPDATE access_key SET user_name = 'nobody'", sqlite.ResultConstraintForeignKey},
		{"a user of no account", "INSERT INTO cam_user VALUES (1, 'alice', 1, 0, 0)", sqlite.ResultConstraintForeignKey},
		{"a user with an access key gone", "DELETE FROM cam_user WHERE name = 'keyed'", sqlite.ResultConstraintForeignKey},
		{"a user with a policy gone", "DELETE FROM cam_user WHERE name = 'alice'", sqlite.ResultConstraintForeignKey},
		{"a policy of no account", "INSERT INTO policy VALUES (1, 'p', '{}', 0, 0)", sqlite.ResultConstraintForeignKey},
		{"an attached policy gone", "DELETE FROM policy", sqlite.ResultConstraintForeignKey},
		{"a policy attached that there is not", "UPDATE policy_attachment SET policy = 'q', stored = 'q'", sqlite.ResultConstraintForeignKey},
		{"a policy attached under another name", "UPDATE policy_attachment SET policy = 'q'", sqlite.ResultConstraintCheck},
		{"a policy attached to nobody", "UPDATE policy_attachment SET user_name = 'nobody'", sqlite.ResultConstraintForeignKey},
		{"a user half enabled", "UPDATE cam_user SET enabled = 2", sqlite.ResultConstraintCheck},
		{"an account half enabled", "UPDATE account SET enabled = 2", sqlite.ResultConstraintCheck},
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
	beginChain(t, s, owner)
	before := dump(t, dir)
	if err := s.Create(recorded(t, s), c); sqlite.ErrCode(err) != sqlite.ResultConstraintForeignKey || errors.Is(err, csr.ErrUnavailable) {
		t.Errorf("error %v, want %v, which is not %v", err, sqlite.ResultConstraintForeignKey, csr.ErrUnavailable)
	}
	if dump(t, dir) != before {
		t.Error("it has changed the store")
	}
}
