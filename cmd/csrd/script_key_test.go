package main

import (
	"errors"
	"os/exec"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// noticedWithin is how soon a running server knows what a command changed.
const noticedWithin = time.Second

// scriptNoticed runs a program again and again. However slow the machine is,
// what is begun when the time is over must end as it should.
func scriptNoticed(ts *testscript.TestScript, args []string) {
	atLeast(ts, 2, args, "noticed CODE program [arg...]")
	changed := time.Now() // the command that did it has ended
	prepared := scriptCmd(ts, args[1], args[2:]...)
	for {
		begun := time.Now()
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Dir, cmd.Env = prepared.Dir, prepared.Env
		out, err := cmd.CombinedOutput()
		if err != nil && !errors.As(err, new(*exec.ExitError)) {
			ts.Check(err)
		}
		if strconv.Itoa(cmd.ProcessState.ExitCode()) == args[0] {
			return
		}
		if begun.Sub(changed) > noticedWithin {
			ts.Fatalf("begun %v after the change, its exit code is %d, want %s:\n%s", begun.Sub(changed), cmd.ProcessState.ExitCode(), args[0], out)
		}
	}
}

func scriptUse(ts *testscript.TestScript, args []string) {
	atLeast(ts, 1, args, "use FILE")
	credential, err := readCredential(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Setenv("CSRD_SECRET_ID", credential.SecretID)
	ts.Setenv("CSRD_SECRET_KEY", credential.SecretKey)
}
