package pgtest

import "syscall"

// attributes lets a server end with the tests, however these end.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: ordinary(), Pdeathsig: syscall.SIGQUIT}
}
