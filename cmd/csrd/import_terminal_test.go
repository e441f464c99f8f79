//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var steering = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// onNarrow runs a command on a terminal of 60 columns, types, and returns what
// the terminal showed.
func onNarrow(t *testing.T, cmd *exec.Cmd, prompt, typed string) string {
	t.Helper()
	term := openTerminal(t, 60)
	cmd.Stdout, cmd.Stderr = term.tty, term.tty
	ended := term.run(t, cmd)
	if prompt != "" {
		term.see(t, ended, prompt)
		if _, err := term.keyboard.WriteString(typed + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	<-ended
	return term.String()
}

func TestInspectFitsTheTerminalAndAsksForAPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const password = "typed and not shown"
	if err := makeCSR(filepath.Join(dir, "a_b"), strings.Repeat("long-label.", 10)+"example_com", password); err != nil {
		t.Fatal(err)
	}
	cmd := csrd(nil, "inspect", "a_b.csr", "a_b.key")
	cmd.Dir = dir
	shown := onNarrow(t, cmd, "Password of a_b.key, or nothing: ", password)
	for line := range strings.Lines(shown) {
		line = strings.TrimRight(line, "\r\n")
		if n := utf8.RuneCountInString(line); n > 60 && !regexp.MustCompile(`[0-9a-f]{64}|\S{50}`).MatchString(line) {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if strings.Count(shown, "SPKI SHA256") != 2 || !strings.Contains(shown, "[underscore]") || strings.Contains(shown, password) {
		t.Errorf("the terminal shows\n%s", shown)
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestImportShowsProgressAndAsksOnceAndLeavesNoSecret(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	const password = "the password of imported keys"
	for _, name := range []string{"a", "b", "c"} {
		if err := makeCSR(filepath.Join(dir, name), name+".hidden.example.com", password); err != nil {
			t.Fatal(err)
		}
	}
	if err := makeCSR(filepath.Join(dir, "open"), "open.hidden.example.com", ""); err != nil {
		t.Fatal(err)
	}
	s := serve(t, data, nil, "--log-level", "debug")
	c := rootClient(t, s, data)
	credential, err := rootCredential(data)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"CSRD_ENDPOINT=" + s.endpoint, "CSRD_SECRET_ID=" + credential.SecretID, "CSRD_SECRET_KEY=" + credential.SecretKey}
	cmd := csrd(env, "import", dir)
	shown := onNarrow(t, cmd, "Password of the encrypted keys, or nothing: ", password)
	plain := steering.ReplaceAllString(shown, "")
	if strings.Count(shown, "Password of") != 1 || !strings.Contains(shown, "\rImporting 4 of 4") || !strings.Contains(plain, "4 imported.") {
		t.Errorf("the terminal shows\n%q", shown)
	}

	hidden := secrets{}
	hidden.add("the password", []byte(password))
	list, err := c.list()
	if err != nil || len(list) != 4 {
		t.Fatalf("%d CSRs, %v", len(list), err)
	}
	for _, item := range list {
		page, err := c.describe(item.Id)
		if err != nil || page.PrivateKey == nil {
			t.Fatalf("%+v, %v", page, err)
		}
		opens := ""
		if page.KeyPassword != nil {
			opens = *page.KeyPassword
		}
		hidden.addKey(t, "the key of "+page.Domain, *page.PrivateKey, opens)
	}
	for _, name := range []string{"a", "open"} { // as they were sent
		text, err := os.ReadFile(filepath.Join(dir, name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		opens := password
		if name == "open" {
			opens = ""
		}
		hidden.addKey(t, "the file of "+name, string(text), opens)
	}
	files := filesIn(t, data)
	if !strings.Contains(string(files["csrd.db-wal"]), "open.hidden.example.com") {
		t.Error("the WAL does not have the domain: this test reads the wrong files")
	}
	s.stop(t)
	files["stderr"], files["stdout"], files["terminal"] = []byte(s.stderr.String()), []byte(s.stdout.String()), []byte(shown)
	for name, content := range filesIn(t, data) {
		files[name+" afterwards"] = content
	}
	hidden.mustBeNowhere(t, files)
}
