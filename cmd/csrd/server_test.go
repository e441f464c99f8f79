package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what takes a moment before it says
// that it does not happen.
const patience = time.Minute

// output is what a process wrote. A test can wait for a part of it.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{} // closed and replaced when there is more
}

func newOutput() *output { return &output{grown: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) String() string {
	text, _ := o.look()
	return text
}

func (o *output) look() (text string, grown <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.grown
}

// wait waits until found says that the output has what is looked for. It
// fails when the process ends without, or patience does.
func (o *output) wait(ended <-chan struct{}, found func(text string) bool) error {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		text, grown := o.look()
		if found(text) {
			return nil
		}
		select {
		case <-grown:
		case <-ended:
			if text, _ := o.look(); found(text) {
				return nil
			}
			return errors.New("the process ended without it")
		case <-timeout.C:
			return fmt.Errorf("not within %v", patience)
		}
	}
}

// logLine is a line of the log.
type logLine map[string]any

// logLines parses the log; a line that is not JSON has the key "no JSON" alone.
func logLines(text string) []logLine {
	var lines []logLine
	for line := range strings.Lines(text) {
		var parsed logLine
		if json.Unmarshal([]byte(line), &parsed) != nil {
			parsed = logLine{"no JSON": line}
		}
		lines = append(lines, parsed)
	}
	return lines
}

// findLine returns the last line of a log with that message.
func findLine(text, message string) (found logLine, ok bool) {
	for _, line := range logLines(text) {
		if line["msg"] == message {
			found, ok = line, true
		}
	}
	return found, ok
}

// server is a `csrd serve` that listens.
type server struct {
	cmd            *exec.Cmd
	endpoint       string
	stdout, stderr *output
	ended          chan struct{}
}

// refusal is that of a `csrd serve` that ended without having listened.
type refusal struct {
	code           int
	stdout, stderr string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("csrd serve ended with code %d before it listened:\n%s%s", r.code, r.stdout, r.stderr)
}

// launch starts a server whose log is JSON and returns when it listens; the
// error is a *refusal when it ended before.
func launch(cmd *exec.Cmd) (*server, error) {
	s := &server{cmd: cmd, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.ended)
		_ = cmd.Wait() // ProcessState says how it ended
	}()
	err := s.stderr.wait(s.ended, func(text string) bool {
		line, ok := findLine(text, "listening")
		if ok {
			s.endpoint, _ = line["endpoint"].(string)
		}
		return ok
	})
	if err == nil {
		return s, nil
	}
	select {
	case <-s.ended:
		return nil, &refusal{s.code(), s.stdout.String(), s.stderr.String()}
	default:
		s.kill()
		return nil, fmt.Errorf("csrd serve does not listen: %w:\n%s", err, s.stderr)
	}
}

// code is the exit code, -1 after a signal that killed it.
func (s *server) code() int {
	<-s.ended
	return s.cmd.ProcessState.ExitCode()
}

// kill kills it, if it still runs, and waits for its end.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// terminate sends SIGTERM and waits for the end.
func (s *server) terminate() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.kill()
		return fmt.Errorf("it did not end within %v of a SIGTERM", patience)
	}
	if s.code() != 0 {
		return fmt.Errorf("after a SIGTERM its exit code is %d:\n%s", s.code(), s.stderr)
	}
	return nil
}

// serve starts a server on a data directory and kills it when the test ends.
func serve(t *testing.T, data string, env []string, args ...string) *server {
	t.Helper()
	s, err := launch(csrd(env, serveArgs(data, args)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// refused starts a server that must not come to listen and returns how it ended.
func refused(t *testing.T, data string, env []string, args ...string) *refusal {
	t.Helper()
	s, err := launch(csrd(env, serveArgs(data, args)...))
	if err == nil {
		s.kill()
		t.Fatalf("csrd serve listens and should not:\n%s", s.stderr)
	}
	var r *refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	return r
}

// serveArgs has no rate limit and no key pool: tests hurry.
func serveArgs(data string, args []string) []string {
	return append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--rate-limit", "0", "--key-pool", "0"}, args...)
}

// stop ends the server as an operator does. What it logged must be JSON, line
// for line: a report of the race detector, say, is not.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.terminate(); err != nil {
		t.Fatal(err)
	}
	for _, line := range logLines(s.stderr.String()) {
		if text, ok := line["no JSON"]; ok {
			t.Fatalf("among the log is %q", text)
		}
	}
}

// waitLog waits for a line of the log with that message.
func (s *server) waitLog(t *testing.T, message string) {
	t.Helper()
	err := s.stderr.wait(s.ended, func(text string) bool {
		_, ok := findLine(text, message)
		return ok
	})
	if err != nil {
		t.Fatalf("the log has no %q: %v:\n%s", message, err, s.stderr)
	}
}

// probe gets one of the server's own paths.
func probe(t *testing.T, s *server, path string) (status int, body string) {
	t.Helper()
	response, err := http.Get(s.endpoint + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text.String()
}

// eventually looks again and again until something is so.
func eventually(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !isSo() {
		select {
		case <-again.C:
		case <-timeout.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
