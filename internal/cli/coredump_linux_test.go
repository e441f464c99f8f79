package cli

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestMemoryIsInNoCoreDump(t *testing.T) {
	var before, after unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	if err := withoutCoreDumps(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) })
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &after); err != nil || after != (unix.Rlimit{}) {
		t.Errorf("RLIMIT_CORE is %+v, %v; it was %+v", after, err, before)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		t.Errorf("PR_GET_DUMPABLE is %d, %v", dumpable, err)
	}
}
