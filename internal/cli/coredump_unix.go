//go:build unix && !linux

package cli

import "golang.org/x/sys/unix"

// withoutCoreDumps keeps the process's memory, which has keys in it, out of
// core dumps.
func withoutCoreDumps() error { return unix.Setrlimit(unix.RLIMIT_CORE, new(unix.Rlimit)) }
