package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"csrd/internal/testtool"

	"github.com/jackc/pgx/v5"
)

// patience is how long a cluster has for anything, on a busy machine.
const patience = time.Minute

// Cluster is a PostgreSQL server of a test's own, in a temporary folder, on a
// port of 127.0.0.1.
type Cluster struct {
	dir      string // with data, and log
	programs string
	port     int
	cmd      *exec.Cmd
	ended    chan struct{}
}

// Start makes a cluster and starts it. Settings are lines of postgresql.conf.
// It ends with the test.
func Start(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	programs := findPrograms(t)
	c, err := newCluster(programs, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.remove() })
	return c
}

// findPrograms returns the folder of PostgreSQL's programs; without them the
// test is left out.
func findPrograms(t testing.TB) string {
	t.Helper()
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return major(b) - major(a) })
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder
		}
	}
	return filepath.Dir(testtool.Need(t, "initdb"))
}

func major(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

func newCluster(programs string, settings []string) (*Cluster, error) {
	c, err := newFolder(programs)
	if err != nil {
		return nil, err
	}
	err = c.run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--pgdata="+c.data())
	if err == nil {
		err = c.configure(settings)
	}
	if err == nil {
		err = c.Restart()
	}
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

func newFolder(programs string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "csrd-postgres")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, programs: programs}
	who := ordinary()
	if who != nil {
		err = os.Chown(dir, int(who.Uid), int(who.Gid))
	}
	if err == nil {
		c.port, err = freePort()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) configure(settings []string) error {
	file, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	lines := append([]string{
		"listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "port = " + strconv.Itoa(c.port),
		"max_connections = 200", "shared_buffers = 32MB", "logging_collector = off", "log_min_messages = warning",
	}, settings...)
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, file.Close())
}

// freePort is one that nobody listens on at the moment.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// run runs one of PostgreSQL's programs as an ordinary user.
func (c *Cluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.programs, program), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w:\n%s", program, err, out)
	}
	return nil
}

// Restart starts a server that was killed, and returns when it takes
// connections.
func (c *Cluster) Restart() error {
	deadline := time.Now().Add(patience)
	for {
		err := c.start(deadline)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		// The children of one that was killed may not have noticed yet.
	}
}

func (c *Cluster) start(deadline time.Time) error {
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.cmd = exec.Command(filepath.Join(c.programs, "postgres"), "-D", c.data())
	c.cmd.Dir, c.cmd.SysProcAttr = c.dir, attributes()
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.ended = make(chan struct{})
	started := make(chan error)
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		runtime.LockOSThread() // the server ends with the thread that started it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}(c.cmd, c.ended)
	if err := <-started; err != nil {
		return err
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if err = c.ready(); err == nil {
			return nil
		}
		select {
		case <-c.ended:
			text, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("postgres ended:\n%s", text[max(0, len(text)-2000):])
		case <-again.C:
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

func (c *Cluster) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Kill ends the server as kill -9 does; what it held in its memory is lost.
func (c *Cluster) Kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// Signal sends the server's first process a signal: SIGSTOP lets it take no
// new connections.
func (c *Cluster) Signal(signal syscall.Signal) error { return c.cmd.Process.Signal(signal) }

// Stop ends the server in order.
func (c *Cluster) Stop() {
	_ = c.cmd.Process.Signal(syscall.SIGINT) // "fast": sessions are ended
	<-c.ended
}

func (c *Cluster) remove() error {
	if c.cmd != nil && c.cmd.Process != nil {
		_ = c.cmd.Process.Signal(syscall.SIGQUIT)
		select {
		case <-c.ended:
		case <-time.After(patience):
			c.Kill()
		}
	}
	// Its children may write for a moment after a kill.
	deadline := time.Now().Add(patience)
	for {
		err := os.RemoveAll(c.dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) || time.Now().After(deadline) {
			return err
		}
	}
}

// Host is its address.
func (c *Cluster) Host() string { return "127.0.0.1:" + strconv.Itoa(c.port) }

// URL is that of one of its databases, for its superuser.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", c.Host(), database)
}
