//go:build unix

package sqlstore

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapShared(file *os.File, size int) ([]byte, error) {
	return unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
}
