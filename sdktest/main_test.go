package sdktest

import (
	"fmt"
	"os"
	"testing"
)

// server is what the tests call. TestMain sets it.
var server target

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sdktest: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests against the server that the environment names, or else
// against one of its own, whose log it shows when a test has failed.
func run(m *testing.M) (code int, err error) {
	given, ok, err := targetFromEnvironment()
	if err != nil {
		return 0, err
	}
	if ok {
		server = given
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "csrd-sdktest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	own, err := startCsrd(dir)
	if err != nil {
		return 0, err
	}
	server = own.target
	code = m.Run()
	err = own.stop()
	if code != 0 || err != nil {
		fmt.Fprintf(os.Stderr, "The log of csrd:\n%s", own.log.String())
	}
	return code, err
}
