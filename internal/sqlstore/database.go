package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Database is a PostgreSQL database, or one of what speaks its protocol.
type Database struct {
	config *pgxpool.Config
	// HasPassword says that the URL has a password.
	HasPassword bool
}

// DefaultConnections is how many connections to a Database a process has at most.
const DefaultConnections = 20

const (
	connectLimit = 3 // seconds, for each host of the URL, unless it says otherwise
	application  = "csrd"
)

// ParseDatabase reads a URL, postgres://USER@HOST:PORT/NAME, with the options
// of libpq, as sslmode, behind a question mark. What it leaves out is taken from
// libpq's environment, as PGPASSWORD, and its password file. Connections is how
// many there are at most; 0 for what pool_max_conns in the URL says, or else
// DefaultConnections. An error has nothing of the URL in it.
func ParseDatabase(text string, connections int) (*Database, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	if scheme != "postgres" && scheme != "postgresql" {
		return nil, errors.New("it is a URL, as postgres://USER@HOST:5432/NAME")
	}
	authority, options, _ := strings.Cut(rest, "?")
	authority, _, _ = strings.Cut(authority, "/")
	user, _, _ := strings.Cut(authority, "@")
	d := &Database{HasPassword: strings.Contains(authority, "@") && strings.Contains(user, ":") || strings.Contains(options, "password=")}
	if !strings.Contains(text, "connect_timeout=") && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		sign := "?"
		if strings.Contains(text, "?") {
			sign = "&"
		}
		text += fmt.Sprintf("%sconnect_timeout=%d", sign, connectLimit)
	}
	var err error
	if d.config, err = pgxpool.ParseConfig(text); err != nil {
		return nil, errors.New("it cannot be read: is each option one of libpq's, and each character such as / # ? @ in a password written as %2F %23 %3F %40?")
	}
	conn := d.config.ConnConfig
	if conn.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("default_query_exec_mode=simple_protocol is not supported: behind a pooler that keeps no prepared statements use exec")
	}
	setDefault(conn.RuntimeParams, "application_name", application)
	if len(conn.Fallbacks) > 0 && conn.ValidateConnect == nil {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // of several hosts one takes writes
	}
	switch {
	case connections > 0:
		d.config.MaxConns = int32(connections)
	case !strings.Contains(text, "pool_max_conns="):
		d.config.MaxConns = DefaultConnections
	}
	d.config.PingTimeout = connectLimit * time.Second
	return d, nil
}

// String says which database it is, without a password.
func (d *Database) String() string {
	c := d.config.ConnConfig
	hosts := fmt.Sprintf("%s:%d", c.Host, c.Port)
	seen := map[string]bool{hosts: true}
	for _, f := range c.Fallbacks { // each host twice, with and without TLS
		if host := fmt.Sprintf("%s:%d", f.Host, f.Port); !seen[host] {
			seen[host] = true
			hosts += "," + host
		}
	}
	return fmt.Sprintf("%s at %s", c.Database, hosts)
}

// ServeDatabase opens the store in a database for a server; others may serve it
// at the same time. It brings the schema up to date, one server after the other.
// An error says what to do.
func ServeDatabase(ctx context.Context, d *Database) (*Store, error) {
	if err := MigrateDatabase(ctx, d); err != nil {
		return nil, err
	}
	return d.openWhole(ctx, serveLimit)
}

// OpenDatabase opens the store in a database for an operator's command, or for a
// [Copying] that reads it. It changes no schema. An error says what to do.
func OpenDatabase(ctx context.Context, d *Database) (*Store, error) {
	if err := d.checkSchema(ctx); err != nil {
		return nil, d.explain(err)
	}
	return d.openWhole(ctx, commandLimit)
}

// OpenTargetDatabase is ServeDatabase for a [Copying] that makes the store
// another one's copy, or goes on to.
func OpenTargetDatabase(ctx context.Context, d *Database) (*Store, error) {
	if err := MigrateDatabase(ctx, d); err != nil {
		return nil, err
	}
	return d.open(commandLimit)
}

func (d *Database) open(limit time.Duration) (*Store, error) {
	db, err := openPostgres(d.config, limit)
	if err != nil {
		return nil, d.explain(err)
	}
	return newStore(db), nil
}

// openWhole refuses a store that is half a copy.
func (d *Database) openWhole(ctx context.Context, limit time.Duration) (*Store, error) {
	s, err := d.open(limit)
	if err != nil {
		return nil, err
	}
	if err := s.refuseHalfCopied(ctx); err != nil {
		return nil, d.explain(cmp.Or(err, s.Close()))
	}
	return s, nil
}

// explain turns what keeps a database from being opened into a message that
// says what to do.
func (d *Database) explain(err error) error {
	var said *pgconn.PgError
	var connecting *pgconn.ConnectError
	state := ""
	if errors.As(err, &said) {
		state = said.Code
	}
	e := &engineError{state: state}
	switch {
	case errors.Is(err, errNoStore), errors.Is(err, errForeignTables):
	case state == "28P01" || state == "28000":
		return fmt.Errorf("the database %s refuses the user %s: see its pg_hba.conf, and give the password in PGPASSWORD or in ~/.pgpass: %w", d, d.config.ConnConfig.User, err)
	case state == "3D000":
		return fmt.Errorf("there is no database %s: make it, for example with `createdb %s`, and start again: %w", d, d.config.ConnConfig.Database, err)
	case state == "42501":
		return fmt.Errorf("the user %s may not do this in the database %s: make it the owner of the database, or run `csrd migrate` as a user who may: %w", d.config.ConnConfig.User, d, err)
	case state == readOnlyTransaction:
		return fmt.Errorf("the database %s is read-only, as a standby is: give the host of the primary, or all hosts: %w", d, err)
	case e.isOf(classResources):
		return fmt.Errorf("the database %s has no room: see its max_connections, memory and disk, and --database-connections: %w", d, err)
	case errors.As(err, &connecting):
		return fmt.Errorf("cannot reach the database %s: is it running, and the address right? %w", d, err)
	}
	return fmt.Errorf("open the database %s: %w", d, err)
}
