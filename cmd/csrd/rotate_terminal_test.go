//go:build unix

package main

import (
	"path/filepath"
	"testing"
)

func TestRotationShowsItsProgressOnATerminal(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	sealMany(t, data)
	term := openTerminal(t, 100)
	cmd := csrd(nil, "master-key", "rotate", "--data", data)
	cmd.Stdout, cmd.Stderr = term.tty, term.tty
	ended := term.run(t, cmd)
	term.see(t, ended, "\r100 of 251 data keys are wrapped anew")
	term.see(t, ended, "\r251 of 251 data keys are wrapped anew\r\n")
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ends with code %d:\n%s", code, term)
	}
}
