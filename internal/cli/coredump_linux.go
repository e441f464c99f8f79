package cli

import (
	"errors"

	"golang.org/x/sys/unix"
)

// withoutCoreDumps keeps the process's memory, which has keys in it, out of
// core dumps and from other processes of its user. The limit does not count
// where the kernel pipes dumps to a program (core(5)); PR_SET_DUMPABLE does.
func withoutCoreDumps() error {
	return errors.Join(
		unix.Setrlimit(unix.RLIMIT_CORE, new(unix.Rlimit)),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0),
	)
}
