package browsertest

import (
	"testing"

	"csrd/internal/testtool"
)

// need returns the path of a program; without it the test is left out.
func need(t testing.TB, program string) string {
	t.Helper()
	return testtool.Need(t, program)
}
