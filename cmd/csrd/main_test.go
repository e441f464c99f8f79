package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"csrd/internal/pgtest"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts csrd into the path: this binary under another name, so that
// -race and -cover reach the processes that the tests start.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=10") // rather than a second for each process
	}
	testscript.Main(ending{m}, map[string]func(){"csrd": main})
}

// postgres is the PostgreSQL of the tests that ask what is stored.
var postgres pgtest.Server

// ending is the tests, with the end of what they started.
type ending struct{ *testing.M }

func (e ending) Run() int { return postgres.Main(e.M) }

// csrd is the command line of csrd with an environment that has nothing of
// csrd in it but env.
func csrd(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command("csrd", args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "CSRD_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// leaveOut skips a test that this machine cannot run; in CI it fails.
func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s, and in CI no test is left out", why)
	}
	t.Skip("LEFT OUT: " + why)
}
