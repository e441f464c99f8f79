package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx" of the command sql
	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver "sqlite" of the command sql
)

// The transcripts under testdata are the command line as its users see it.
// Besides the commands of testscript they have
//
//	needs program               skips the transcript where it is not installed; in CI it fails
//	serve [flag...]             starts csrd serve without a rate limit and without a key pool; sets CSRD_ENDPOINT, ADDRESS (host:port) and,
//	                            where they are not set, CSRD_SECRET_ID and CSRD_SECRET_KEY;
//	                            stderr is the log so far
//	log                         makes the server's log so far stderr
//	await MESSAGE               waits for a line of the server's log with that message
//	shutdown                    sends SIGTERM; csrd must end with code 0; stderr is the whole log
//	refused CODE [flag...]      csrd serve must end with CODE before it listens
//	exits CODE program [arg...] the program must end with CODE
//	noticed CODE program [arg...]  runs the program until it ends with CODE, which it must when it is begun a second from now
//	use FILE                    sets CSRD_SECRET_ID and CSRD_SECRET_KEY to those in a file that --out made
//	create [flag...]            csrd call CreateCSR with all that is required; flags come last;
//	                            sets ID
//	makecsr FILE DOMAIN [PASSWORD]  makes FILE.csr and its key, FILE.key, encrypted where there is a PASSWORD
//	field NAME PATH             sets NAME to what stdout, JSON, has at PATH, as in Set.0.Id
//	value NAME file             sets NAME to what the file has, without the line end
//	same FILE FILE              the files must have the same bytes; unlike cmp it shows none
//	mode OCTAL file...          the files must have that mode
//	sql FILE statement          runs a statement on a SQLite file or, where the store is in a database, there; stdout has the rows
//
// and the conditions [sqlite] and [postgres].
func TestCommandLine(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	runScripts(t, files, "")
}

// The operators' commands, and what a server keeps, in a database. Other
// transcripts are about the files of a data directory, or use no store.
func TestCommandLineOnPostgreSQL(t *testing.T) {
	for _, name := range []string{"account", "audit", "deleted", "key", "policy", "read_only", "store_check", "token", "user"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runScripts(t, []string{filepath.Join("testdata", name+".txtar")}, postgres.Database(t))
		})
	}
}

// runScripts runs transcripts in the data directory or in a database.
func runScripts(t *testing.T, files []string, database string) {
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "sqlite":
				return database == "", nil
			case "postgres":
				return database != "", nil
			}
			return false, fmt.Errorf("there is no condition %s", condition)
		},
		Setup: func(env *testscript.Env) error {
			if database != "" {
				env.Setenv("CSRD_DATABASE", database)
			}
			env.Values[scriptServer] = new(*server)
			env.Values[scriptT] = env.T()
			env.Defer(func() {
				if s := *env.Values[scriptServer].(**server); s != nil {
					s.kill()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"needs":    scriptCommand(scriptNeeds),
			"serve":    scriptCommand(scriptServe),
			"log":      scriptCommand(scriptLog),
			"await":    scriptCommand(scriptAwait),
			"shutdown": scriptCommand(scriptShutdown),
			"refused":  scriptCommand(scriptRefused),
			"exits":    scriptCommand(scriptExits),
			"noticed":  scriptCommand(scriptNoticed),
			"use":      scriptCommand(scriptUse),
			"create":   scriptCommand(scriptCreate),
			"makecsr":  scriptCommand(scriptMakeCSR),
			"field":    scriptCommand(scriptField),
			"value":    scriptCommand(scriptValue),
			"same":     scriptCommand(scriptSame),
			"mode":     scriptCommand(scriptMode),
			"sql":      scriptCommand(scriptSQL),
			"flood":    scriptCommand(scriptFlood),
		},
	})
}

// scriptFlood runs a command again and again, until it fails.
func scriptFlood(ts *testscript.TestScript, args []string) {
	atLeast(ts, 1, args, "flood command [args...]")
	for range 1000 {
		if ts.Exec(args[0], args[1:]...) != nil {
			return
		}
	}
	ts.Fatalf("it does not fail")
}

type scriptKey int

const (
	scriptServer scriptKey = iota // the script's server, a **server
	scriptT                       // its testscript.T
)

// scriptCommand is a command that has no negation.
func scriptCommand(run func(ts *testscript.TestScript, args []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command cannot be negated")
		}
		run(ts, args)
	}
}

func atLeast(ts *testscript.TestScript, n int, args []string, usage string) {
	if len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

func scriptNeeds(ts *testscript.TestScript, args []string) {
	atLeast(ts, 1, args, "needs program")
	if _, err := exec.LookPath(args[0]); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		ts.Fatalf("%s is not installed, and in CI no test is left out", args[0])
	}
	ts.Value(scriptT).(testscript.T).Skip("LEFT OUT: " + args[0] + " is not installed")
}

// scriptCmd is a command line in the script's directory and environment, as it
// is now: testscript tells it in no other way than to a program.
func scriptCmd(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	ts.Check(ts.Exec("sh", "-c", `env -0 >"$TMPDIR/environment"`))
	cmd := exec.Command(name, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = strings.Split(strings.TrimSuffix(ts.ReadFile(filepath.Join(ts.Getenv("TMPDIR"), "environment")), "\x00"), "\x00")
	return cmd
}

// scriptServeCmd is csrd serve with the given flags, which count more than its own.
func scriptServeCmd(ts *testscript.TestScript, args []string) *exec.Cmd {
	return scriptCmd(ts, "csrd", append([]string{"serve", "--listen", "127.0.0.1:0", "--rate-limit", "0", "--key-pool", "0"}, args...)...)
}

func scriptServe(ts *testscript.TestScript, args []string) {
	running := ts.Value(scriptServer).(**server)
	if *running != nil {
		ts.Fatalf("a server runs already")
	}
	s, err := launch(scriptServeCmd(ts, args))
	ts.Check(err)
	*running = s
	ts.Setenv("CSRD_ENDPOINT", s.endpoint)
	endpoint, err := url.Parse(s.endpoint)
	ts.Check(err)
	ts.Setenv("ADDRESS", endpoint.Host)
	listening, _ := findLine(s.stderr.String(), "listening")
	data, _ := listening["data"].(string)
	if credential, err := rootCredential(ts.MkAbs(data)); err == nil && ts.Getenv("CSRD_SECRET_KEY") == "" {
		ts.Setenv("CSRD_SECRET_ID", credential.SecretID)
		ts.Setenv("CSRD_SECRET_KEY", credential.SecretKey)
	}
	scriptLog(ts, nil)
}

func scriptLog(ts *testscript.TestScript, _ []string) {
	s := *ts.Value(scriptServer).(**server)
	if s == nil {
		ts.Fatalf("no server runs")
	}
	fmt.Fprint(ts.Stdout(), s.stdout)
	fmt.Fprint(ts.Stderr(), s.stderr)
}

func scriptAwait(ts *testscript.TestScript, args []string) {
	atLeast(ts, 1, args, "await MESSAGE")
	s := *ts.Value(scriptServer).(**server)
	if s == nil {
		ts.Fatalf("no server runs")
	}
	ts.Check(s.stderr.wait(s.ended, func(text string) bool {
		_, ok := findLine(text, args[0])
		return ok
	}))
}

func scriptShutdown(ts *testscript.TestScript, _ []string) {
	running := ts.Value(scriptServer).(**server)
	if *running == nil {
		ts.Fatalf("no server runs")
	}
	err := (*running).terminate()
	scriptLog(ts, nil)
	ts.Check(err)
	*running = nil
}

func scriptRefused(ts *testscript.TestScript, args []string) {
	atLeast(ts, 1, args, "refused CODE [flag...]")
	s, err := launch(scriptServeCmd(ts, args[1:]))
	if err == nil {
		s.kill()
		ts.Fatalf("csrd serve listens and should not:\n%s", s.stderr)
	}
	var r *refusal
	if !errors.As(err, &r) {
		ts.Check(err)
	}
	fmt.Fprint(ts.Stdout(), r.stdout)
	fmt.Fprint(ts.Stderr(), r.stderr)
	if strconv.Itoa(r.code) != args[0] {
		ts.Fatalf("exit code %d, want %s", r.code, args[0])
	}
}

func scriptExits(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "exits CODE program [arg...]")
	cmd := scriptCmd(ts, args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	timeout := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timeout.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	if code := cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		ts.Fatalf("%v: exit code %d, want %s", cmd.ProcessState, code, args[0])
	}
}

func scriptCreate(ts *testscript.TestScript, args []string) {
	ts.Check(ts.Exec("csrd", slices.Concat([]string{"call", "CreateCSR",
		"--Domain", "www.example.com", "--Organization", "Example", "--Department", "IT", "--Email", "admin@example.com",
		"--Province", "Guangdong", "--City", "Shenzhen", "--Country", "CN",
		"--EncryptAlgo", "ECC", "--KeyParameter", "prime256v1", "--Generate", "false"}, args)...))
	scriptField(ts, []string{"ID", "Id"})
}

func scriptField(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "field NAME PATH")
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	var value any
	ts.Check(decoder.Decode(&value))
	for step := range strings.SplitSeq(args[1], ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			value = inner[i]
		default:
			value = nil
		}
		if value == nil {
			ts.Fatalf("stdout has no %s", args[1])
		}
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

func scriptValue(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "value NAME file")
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile(args[1]), "\r\n"))
}

func scriptSame(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "same FILE FILE")
	if ts.ReadFile(args[0]) != ts.ReadFile(args[1]) {
		ts.Fatalf("%s and %s differ", args[0], args[1])
	}
}

func scriptMode(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "mode OCTAL file...")
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if mode := fmt.Sprintf("%04o", info.Mode().Perm()); mode != args[0] {
			ts.Fatalf("the mode of %s is %s, want %s", name, mode, args[0])
		}
	}
}

func scriptSQL(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "sql FILE statement")
	driver, source := "sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(ts.MkAbs(args[0]))}).String()
	if database := ts.Getenv("CSRD_DATABASE"); database != "" {
		driver, source = "pgx", database
	}
	rows, err := query(driver, source, args[1])
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), rows)
}

// querySQL runs a statement on a SQLite file and returns the rows, one a line.
func querySQL(file, statement string) (text string, err error) {
	return query("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file)}).String(), statement)
}

func query(driver, source, statement string) (text string, err error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query(statement)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var all bytes.Buffer
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		fmt.Fprintln(&all, values...)
	}
	return all.String(), rows.Err()
}
