package pgtest

import (
	"testing"
)

// Standby makes a standby of a cluster, a copy that follows it, under a name
// that synchronous_standby_names may have, and starts it. It ends with the test.
func (c *Cluster) Standby(t testing.TB, name string) *Cluster {
	t.Helper()
	s, err := newFolder(c.programs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.remove() })
	err = s.run("pg_basebackup", "--pgdata="+s.data(), "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync",
		"--dbname="+c.URL("postgres")+"&application_name="+name)
	if err == nil {
		err = s.configure(nil)
	}
	if err == nil {
		err = s.Restart()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Promote makes a standby a primary.
func (c *Cluster) Promote() error { return c.run("pg_ctl", "promote", "--pgdata="+c.data()) }
