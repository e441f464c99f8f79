// Package redistest runs a Redis server for a test: Debian's redis-server, on
// a socket in a temporary folder, without persistence.
package redistest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"csrd/internal/testtool"

	"github.com/redis/go-redis/v9"
)

// patience is how long the server may take to start.
const patience = time.Minute

// Redis is a server that a test may stop and start.
type Redis struct {
	program, socket string
	config          []string
	process         *exec.Cmd
}

// Start starts a server that ends with the test, with lines of configuration.
func Start(t testing.TB, config ...string) *Redis {
	t.Helper()
	program := testtool.Need(t, "redis-server")
	// Not t.TempDir: the path of a socket has 107 bytes at most.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{program: program, socket: filepath.Join(dir, "s"), config: config}
	t.Cleanup(func() {
		r.Kill()
		os.RemoveAll(dir)
	})
	r.Restart(t)
	return r
}

// URL is where it listens.
func (r *Redis) URL() string { return "unix://" + r.socket }

// Client returns a client of it, that ends with the test.
func (r *Redis) Client(t testing.TB) *redis.Client {
	c := redis.NewClient(&redis.Options{Network: "unix", Addr: r.socket})
	t.Cleanup(func() { c.Close() })
	return c
}

// Restart starts it again, with nothing in it, and waits until it answers.
func (r *Redis) Restart(t testing.TB) {
	t.Helper()
	r.Kill()
	config := append([]string{"port 0", "unixsocket " + r.socket, "unixsocketperm 700", `save ""`, "appendonly no"}, r.config...)
	r.process = exec.Command(r.program, "-")
	r.process.Stdin = strings.NewReader(strings.Join(config, "\n"))
	r.process.Dir = filepath.Dir(r.socket)
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	client := r.Client(t)
	for until := time.Now().Add(patience); ; {
		err := client.Ping(context.Background()).Err()
		if err == nil || strings.HasPrefix(err.Error(), "NOAUTH") {
			return
		}
		if time.Now().After(until) {
			t.Fatal(fmt.Errorf("redis-server does not answer: %w", err))
		}
		time.Sleep(5 * time.Millisecond) // there is nothing else to wait for
	}
}

// Kill kills it.
func (r *Redis) Kill() {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
	r.process = nil
	_ = os.Remove(r.socket) // it would be left behind
}

// Hang has it answer nothing, and takes connections all the same, until Resume.
func (r *Redis) Hang() { _ = r.process.Process.Signal(syscall.SIGSTOP) }

// Resume ends Hang.
func (r *Redis) Resume() { _ = r.process.Process.Signal(syscall.SIGCONT) }
