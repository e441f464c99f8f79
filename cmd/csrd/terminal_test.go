//go:build unix

package main

import (
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"csrd/internal/testtool"

	"github.com/creack/pty"
	"github.com/emmansun/gmsm/pkcs8"
)

// terminal is a pseudo-terminal that a test reads and types into.
type terminal struct {
	*output
	keyboard *os.File
	tty      *os.File
}

// openTerminal opens a terminal of that many columns.
func openTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if errors.Is(err, pty.ErrUnsupported) || errors.Is(err, os.ErrNotExist) {
		leaveOut(t, "there are no pseudo-terminals here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	return &terminal{newOutput(), keyboard, tty}
}

// run starts a command whose terminal this is. ended is closed when it has
// ended and all of its output was read.
func (term *terminal) run(t *testing.T, cmd *exec.Cmd) (ended <-chan struct{}) {
	t.Helper()
	cmd.Stdin = term.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // stdin is the controlling terminal
	err := cmd.Start()
	term.tty.Close()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(term, term.keyboard) // ends with an error when nobody has the terminal any more
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
	})
	return done
}

// see waits until the terminal shows a text.
func (term *terminal) see(t *testing.T, ended <-chan struct{}, text string) {
	t.Helper()
	if err := term.wait(ended, func(shown string) bool { return strings.Contains(shown, text) }); err != nil {
		t.Fatalf("the terminal does not show %q: %v:\n%s", text, err, term)
	}
}

// interrupt types Ctrl-C and waits for the end, which must have code 0.
func (term *terminal) interrupt(t *testing.T, cmd *exec.Cmd, ended <-chan struct{}) {
	t.Helper()
	if _, err := term.keyboard.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("Ctrl-C ends csrd with code %d:\n%s", code, term)
	}
}

var (
	shownID  = regexp.MustCompile(`(?m)^ *SecretId +(\S+)\r?$`)
	shownKey = regexp.MustCompile(`(?m)^ *SecretKey +(.*\S)\r?$`)
)

// onTerminal starts a server whose stdout and stderr are a terminal.
func onTerminal(t *testing.T, data string, env ...string) (term *terminal, cmd *exec.Cmd, ended <-chan struct{}) {
	t.Helper()
	term = openTerminal(t, 100)
	cmd = csrd(env, serveArgs(data, nil)...)
	cmd.Stdout, cmd.Stderr = term.tty, term.tty
	ended = term.run(t, cmd)
	term.see(t, ended, "msg=listening")
	return term, cmd, ended
}

// tryLines runs what the terminal says to try in a shell.
func tryLines(t *testing.T, term *terminal, env ...string) {
	t.Helper()
	_, lines, found := strings.Cut(strings.ReplaceAll(term.String(), "\r", ""), "Try it in another terminal:\n")
	if !found || !strings.Contains(lines, "csrd list\n") {
		t.Fatalf("the terminal shows nothing to try:\n%s", term)
	}
	shell := csrd(env)
	shell.Path, shell.Args = testtool.Need(t, "sh"), []string{"sh", "-e"}
	shell.Stdin = strings.NewReader(lines)
	if out, err := shell.CombinedOutput(); err != nil || string(out) != "No CSRs.\n" {
		t.Errorf("what the terminal says to try: %v\n%s\n%s", err, lines, out)
	}
}

func TestFirstStartOnATerminalShowsTheKeyOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	credentials := filepath.Join(data, "root-credentials")
	term, cmd, ended := onTerminal(t, data)
	term.see(t, ended, "csrd list\r\n")
	tryLines(t, term)
	term.interrupt(t, cmd, ended)
	text := term.String()
	ids, keys := shownID.FindAllStringSubmatch(text, -1), shownKey.FindAllStringSubmatch(text, -1)
	if len(ids) != 1 || len(keys) != 1 || !strings.HasPrefix(ids[0][1], "AKID") || len(keys[0][1]) < 16 {
		t.Fatalf("the terminal shows the SecretIds %q and SecretKeys %q:\n%s", ids, keys, text)
	}
	if n := strings.Count(text, "csrd listens on http://127.0.0.1:"); n != 1 {
		t.Errorf("the terminal shows %d times where csrd listens:\n%s", n, text)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "{") {
			t.Errorf("on a terminal the log has the line %s", line)
		}
		if strings.Contains(line, "level=") && strings.Contains(line, keys[0][1]) {
			t.Errorf("the log has the SecretKey: %s", line)
		}
	}
	if _, err := os.Stat(credentials); err == nil {
		t.Error("what the terminal showed was written to root-credentials too")
	}

	again, cmd, ended := onTerminal(t, data)
	again.interrupt(t, cmd, ended)
	if text := again.String(); shownKey.MatchString(text) || strings.Contains(text, keys[0][1]) || strings.Contains(text, ids[0][1]) {
		t.Errorf("the second start shows the key again:\n%s", text)
	}
	if _, err := os.Stat(credentials); err == nil {
		t.Error("the second start wrote root-credentials")
	}
}

func TestFirstStartOnATerminalDoesNotShowAKeyThatTheOperatorSet(t *testing.T) {
	t.Parallel()
	const secretKey = "a-key-that-the-operator-knows"
	data := filepath.Join(t.TempDir(), "data")
	term, cmd, ended := onTerminal(t, data, "CSRD_ROOT_SECRET_KEY="+secretKey)
	term.see(t, ended, "csrd list\r\n")
	tryLines(t, term, "CSRD_SECRET_KEY="+secretKey, "CSRD_ROOT_SECRET_KEY="+secretKey)
	term.interrupt(t, cmd, ended)
	text := term.String()
	if strings.Contains(text, secretKey) {
		t.Errorf("the terminal shows the SecretKey:\n%s", text)
	}
	if len(shownID.FindAllString(text, -1)) != 1 {
		t.Errorf("the terminal does not show the SecretId once:\n%s", text)
	}
	if _, err := os.Stat(filepath.Join(data, "root-credentials")); err == nil {
		t.Error("there is a file root-credentials")
	}
}

// A terminal for the log alone, as with `csrd serve >file`, shows no key.
func TestKeyIsShownWhereStdoutIsATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	data := filepath.Join(dir, "data")
	term := openTerminal(t, 100)
	cmd := csrd(nil, serveArgs(data, nil)...)
	cmd.Stdout, cmd.Stderr = stdout, term.tty
	ended := term.run(t, cmd)
	term.see(t, ended, "msg=listening")
	credential, err := rootCredential(data)
	if err != nil {
		t.Fatal(err)
	}
	term.interrupt(t, cmd, ended)
	written, err := os.ReadFile(stdout.Name())
	if err != nil || len(written) > 0 {
		t.Errorf("stdout has %q, %v", written, err)
	}
	if strings.Contains(term.String(), credential.SecretKey) {
		t.Errorf("the log has the SecretKey:\n%s", term)
	}
}

func TestTablesAreNoWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	columns := uint16(72)
	data := t.TempDir()
	s := serve(t, data, nil)
	c := rootClient(t, s, data)
	id, err := c.create(draftOf(strings.Repeat("long.", 20)+"example.com", strings.Repeat("a remark ", 20)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.create(draftOf("b.example.com", strings.Repeat("备注", 40))); err != nil {
		t.Fatal(err)
	}
	show := func(args ...string) string {
		term := openTerminal(t, columns)
		cmd := csrd([]string{"CSRD_ENDPOINT=" + s.endpoint, "CSRD_DATA=" + data,
			"CSRD_SECRET_ID=" + c.credential.SecretID, "CSRD_SECRET_KEY=" + c.credential.SecretKey}, args...)
		cmd.Stdout, cmd.Stderr = term.tty, term.tty
		<-term.run(t, cmd)
		for line := range strings.Lines(strings.ReplaceAll(term.String(), "\r", "")) {
			width := 0
			for _, r := range strings.TrimSuffix(line, "\n") {
				width++
				if utf8.RuneLen(r) == 3 && r != '…' { // of what stands here, a character of two columns
					width++
				}
			}
			if width > int(columns) {
				t.Errorf("csrd %v prints a line of %d columns on a terminal of %d: %s", args, width, columns, line)
			}
		}
		return term.String()
	}
	if text := show("list"); strings.Count(text, "…") < 3 || !strings.Contains(text, "1 to 2 of 2 CSRs") {
		t.Errorf("csrd list shows\n%s", text)
	}
	if _, err := c.delete(id); err != nil {
		t.Fatal(err)
	}
	if text := show("deleted", "list"); !strings.Contains(text, "…") {
		t.Errorf("csrd deleted list shows\n%s", text)
	}
	// What is to be copied stays whole.
	columns = 80
	long := strings.Repeat("long.", 12)
	command(t, csrd(nil, "user", "create", long, "--data", data))
	out := filepath.Join(t.TempDir(), "long.key")
	command(t, csrd(nil, "key", "create", "--user", long, "--data", data, "--out", out))
	credential, err := readCredential(out)
	if err != nil {
		t.Fatal(err)
	}
	if text := show("key", "list"); !strings.Contains(text, credential.SecretID) || strings.Contains(text, long) {
		t.Errorf("csrd key list shows\n%s", text)
	}
	command(t, csrd(nil, "account", "create", long, "--data", data, "--out", filepath.Join(t.TempDir(), "second.key")))
	if text := show("key", "list"); !strings.Contains(text, credential.SecretID) || !strings.Contains(text, "ACCOUNT") {
		t.Errorf("with two accounts csrd key list shows\n%s", text)
	}
	show("account", "list")
	if text := show("user", "list"); !strings.Contains(text, "…") {
		t.Errorf("csrd user list shows\n%s", text)
	}
	s.stop(t)
}

// A password is asked for twice, and the terminal shows nothing of it.
func TestExportAsksForAPasswordWithoutShowingIt(t *testing.T) {
	t.Parallel()
	const password = "typed on a terminal"
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	s := serve(t, data, nil)
	c := rootClient(t, s, data)
	id, err := c.create(draftOf("www.example.com", "").with("Generate", true))
	if err != nil {
		t.Fatal(err)
	}
	export := func(typed ...string) (shown string, code int) {
		term := openTerminal(t, 100)
		cmd := csrd([]string{"CSRD_ENDPOINT=" + s.endpoint, "CSRD_SECRET_ID=" + c.credential.SecretID, "CSRD_SECRET_KEY=" + c.credential.SecretKey},
			"export", strconv.FormatInt(id, 10), "--format", "pkcs8", "--out", dir)
		cmd.Stdout, cmd.Stderr = term.tty, term.tty
		ended := term.run(t, cmd)
		for i, line := range typed {
			term.see(t, ended, []string{"Password for the key: ", "The same again: "}[i])
			if _, err := term.keyboard.WriteString(line); err != nil {
				t.Fatal(err)
			}
		}
		<-ended
		return term.String(), cmd.ProcessState.ExitCode()
	}
	key := filepath.Join(dir, "www.example.com.key.pem")
	for _, test := range []struct {
		name  string
		typed []string
		want  string
		code  int
	}{
		{"two that differ", []string{password + "\r", "another\r"}, "the two passwords differ", 1},
		{"none", []string{"\r"}, "the password is empty", 2},
		{"Ctrl-D", []string{"\x04"}, "no password was given", 1},
		{"Ctrl-C", []string{password + "\x03"}, "no password was given", 1},
	} {
		shown, code := export(test.typed...)
		if code != test.code || !strings.Contains(shown, test.want) || strings.Contains(shown, password) {
			t.Errorf("%s: code %d, want %d and %q:\n%s", test.name, code, test.code, test.want, shown)
		}
		if _, err := os.Stat(key); err == nil {
			t.Errorf("%s: the key was written", test.name)
		}
	}
	if shown, code := export(password + "\r" + password + "\r"); code != 0 { // both lines before the second question, as a paste has them
		t.Errorf("typed ahead: code %d:\n%s", code, shown)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	shown, code := export(password+"\r", password+"\r")
	if code != 0 || !strings.Contains(shown, "encrypted with the password you chose") || strings.Contains(shown, password) {
		t.Errorf("code %d:\n%s", code, shown)
	}
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no PEM: %q", text)
	}
	if _, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password)); err != nil {
		t.Errorf("the key does not open with the password: %v", err)
	}
	s.stop(t)
}
