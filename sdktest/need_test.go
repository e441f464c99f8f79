package sdktest

import (
	"os"
	"os/exec"
	"testing"
)

// need returns the path of a program. Where it is not installed the test is
// skipped, and says so; in CI (environment CI set) it fails.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed, and in CI no test is left out", program)
	}
	t.Skipf("LEFT OUT: %s is not installed", program)
	return ""
}
