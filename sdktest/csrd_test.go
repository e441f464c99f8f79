package sdktest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Times after which csrd is taken to hang. It gives requests under way thirty
// seconds at a shutdown.
const (
	startTimeout = 30 * time.Second
	stopTimeout  = 45 * time.Second
)

// csrd is a server of our own.
type csrd struct {
	target target
	log    *bytes.Buffer // complete once the process has ended

	process *exec.Cmd
	drained <-chan struct{} // closed when the log is at its end
}

// startCsrd builds csrd from the module around this one and serves a new store
// in dir. It returns when csrd listens.
func startCsrd(dir string) (*csrd, error) {
	binary := filepath.Join(dir, "csrd")
	build := exec.Command("go", "build", "-o", binary, "./cmd/csrd")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build csrd: %w\n%s", err, out)
	}

	c := &csrd{log: new(bytes.Buffer)}
	c.target = target{
		own: true, binary: binary, data: filepath.Join(dir, "data"),
		uin: "100000000001", credential: credential{secretID: "AKID" + rand.Text(), secretKey: rand.Text()},
	}
	c.process = exec.Command(binary, "serve", "--data", c.target.data, "--listen", "127.0.0.1:0")
	c.process.Env = append(withoutVariables(os.Environ(), "CSRD_"), // each is a flag of csrd
		"CSRD_ROOT_UIN="+c.target.uin,
		"CSRD_ROOT_SECRET_ID="+c.target.credential.secretID,
		"CSRD_ROOT_SECRET_KEY="+c.target.credential.secretKey,
		"CSRD_RATE_LIMIT=0") // the tests call faster than the documented ten a second
	log, err := c.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("start csrd: %w", err)
	}
	listening := make(chan string, 1)
	drained := make(chan struct{})
	c.drained = drained
	go func() {
		defer close(drained)
		c.readLog(log, listening)
	}()

	select {
	case text := <-listening:
		c.target.endpoint, err = parseEndpoint(text)
	case <-drained:
		err = errors.New("csrd ended before it listened")
	case <-time.After(startTimeout):
		err = fmt.Errorf("csrd does not listen after %v", startTimeout)
	}
	if err != nil {
		_ = c.process.Process.Kill()
		<-drained
		_ = c.process.Wait()
		return nil, fmt.Errorf("%w; its log:\n%s", err, c.log)
	}
	return c, nil
}

// readLog keeps the log, to its end so that csrd never waits for a reader, and
// sends the endpoint that it names.
func (c *csrd) readLog(log io.Reader, listening chan<- string) {
	lines := bufio.NewReader(log)
	for {
		text, err := lines.ReadBytes('\n')
		c.log.Write(text)
		var line struct{ Msg, Endpoint string }
		if json.Unmarshal(text, &line) == nil && line.Msg == "listening" {
			listening <- line.Endpoint
		}
		if err != nil {
			return
		}
	}
}

// stop ends csrd as an operator does, and fails unless it ends well.
func (c *csrd) stop() error {
	late := time.AfterFunc(stopTimeout, func() { _ = c.process.Process.Kill() })
	defer late.Stop()
	signalled := c.process.Process.Signal(syscall.SIGTERM) // fails where csrd has ended already
	<-c.drained                                            // Wait closes the pipe, so all must have been read
	if err := errors.Join(signalled, c.process.Wait()); err != nil {
		return fmt.Errorf("csrd did not run until SIGTERM and then end with 0: %w", err)
	}
	return nil
}

// withoutVariables returns an environment without the variables whose name
// begins with a prefix.
func withoutVariables(environ []string, prefix string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool { return strings.HasPrefix(variable, prefix) })
}
