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
	leaveOut(t, program+" is not installed")
	return ""
}

// leaveOut skips a test, and says why; in CI it fails.
func leaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s, and in CI no test is left out", why)
	}
	t.Skip("LEFT OUT: " + why)
}
