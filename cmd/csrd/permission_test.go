//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user as whom root runs what modes are to keep out.
const nobody = 65534

// unprivileged makes a command run as a user for whom modes count.
func unprivileged(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// openFolder makes a folder that every user can enter, with csrd in it.
func openFolder(t *testing.T) (dir, program string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "csrd-permission")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	installed, err := exec.LookPath("csrd")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(installed)
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "csrd")
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(program, 0o755); err != nil { // whatever the umask
		t.Fatal(err)
	}
	if err := unprivileged(t, exec.Command(program, "version")).Run(); err != nil {
		leaveOut(t, "csrd cannot be run here as a user for whom modes count: "+err.Error())
	}
	return dir, program
}

func TestFilesThatCannotBeReadAreToldAndNotTouched(t *testing.T) {
	t.Parallel()
	dir, program := openFolder(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	command := func(args ...string) *exec.Cmd {
		cmd := unprivileged(t, csrd(nil, args...))
		cmd.Path, cmd.Err = program, nil
		return cmd
	}
	start := func() *server {
		s, err := launch(command(serveArgs(data, nil)...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.kill)
		return s
	}
	s := start()
	c := rootClient(t, s, data)
	id, err := c.create(draftOf("www.example.com", "").with("Generate", true))
	if err != nil {
		t.Fatal(err)
	}
	s.stop(t)

	const advice = "the user csrd runs as must be able to read"
	for _, test := range []struct {
		name string
		mode fs.FileMode
		read bool // csrd deleted list needs it too
	}{
		{".", 0, true},
		{".", 0o500, false},
		{"csrd.db", 0, true},
		{"csrd.db", 0o400, false},
		{"csrd.lock", 0, false},
		{"master.key", 0, false},
	} {
		path := filepath.Join(data, test.name)
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		_, err = launch(command(serveArgs(data, nil)...))
		var r *refusal
		if !errors.As(err, &r) || r.code != 1 || !strings.Contains(r.stderr, advice) || !strings.Contains(r.stderr, data) {
			t.Errorf("%s of mode %04o: %v, want code 1 and a message that says what to do", test.name, test.mode, err)
		}
		if test.read {
			cmd := command("deleted", "list", "--data", data)
			if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), advice) {
				t.Errorf("csrd deleted list with %s of mode %04o: %v, want code 1 and a message that says what to do:\n%s", test.name, test.mode, err, out)
			}
		}
		if err := os.Chmod(path, before.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}

	s = start()
	c.endpoint = s.endpoint
	if err := checkGenerated(c, id); err != nil {
		t.Errorf("after all this: %v", err)
	}
	s.stop(t)
	checkDatabase(t, data)

	// Where the parent is not the user's, no data directory can be made.
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	_, err = launch(command(serveArgs(filepath.Join(closed, "data"), nil)...))
	var r *refusal
	if !errors.As(err, &r) || r.code != 1 || !strings.Contains(r.stderr, advice) {
		t.Errorf("a folder that takes no data directory: %v, want code 1 and a message that says what to do", err)
	}
}
