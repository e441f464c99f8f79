package browsertest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"csrd/action"
	"csrd/inventory"
	"csrd/ssl"
	"csrd/tc3"
)

// Times after which a program is taken to hang.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 45 * time.Second
)

// site is a csrd that serves a new store, with the access key of its root.
type site struct {
	url  string // as in "http://127.0.0.1:41234"
	data string
	key  tc3.Credential

	process *exec.Cmd
	drained chan struct{} // closed when the log is at its end
	mu      sync.Mutex
	log     bytes.Buffer
}

// serve starts a csrd with flags, without a limit of calls and without keys made ahead, which ends with the test.
func serve(t *testing.T, flags ...string) *site {
	t.Helper()
	s := &site{
		data:    filepath.Join(t.TempDir(), "data"),
		key:     tc3.Credential{SecretID: "AKID" + rand.Text(), SecretKey: rand.Text()},
		drained: make(chan struct{}),
	}
	s.process = exec.Command(binary, append([]string{"serve", "--data", s.data, "--listen", "127.0.0.1:0", "--rate-limit", "0", "--key-pool", "0"}, flags...)...)
	s.process.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CSRD_") }),
		"CSRD_ROOT_UIN=100000000001", "CSRD_ROOT_SECRET_ID="+s.key.SecretID, "CSRD_ROOT_SECRET_KEY="+s.key.SecretKey)
	log, err := s.process.StderrPipe()
	must(t, err)
	must(t, s.process.Start())
	listening := make(chan string, 1)
	go s.readLog(log, listening)
	t.Cleanup(func() {
		s.stop(t)
		if t.Failed() {
			t.Logf("the log of csrd:\n%s", s.log.String())
		}
	})
	select {
	case s.url = <-listening:
	case <-s.drained:
		t.Fatal("csrd ended before it listened")
	case <-time.After(startTimeout):
		t.Fatalf("csrd does not listen after %v", startTimeout)
	}
	return s
}

func (s *site) readLog(log io.Reader, listening chan<- string) {
	defer close(s.drained)
	lines := bufio.NewReader(log)
	for {
		text, err := lines.ReadBytes('\n')
		s.mu.Lock()
		s.log.Write(text)
		s.mu.Unlock()
		var line struct{ Msg, Endpoint string }
		if json.Unmarshal(text, &line) == nil && line.Msg == "listening" {
			listening <- line.Endpoint
		}
		if err != nil {
			return
		}
	}
}

// stop ends the csrd; it may have been ended before.
func (s *site) stop(t *testing.T) {
	if s.process.ProcessState != nil {
		return
	}
	late := time.AfterFunc(stopTimeout, func() { _ = s.process.Process.Kill() })
	defer late.Stop()
	_ = s.process.Process.Signal(syscall.SIGTERM)
	<-s.drained // Wait closes the pipe, so all must have been read
	if err := s.process.Wait(); err != nil {
		t.Errorf("csrd ended with: %v", err)
	}
}

// lines returns the log so far.
func (s *site) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Split(strings.TrimSpace(s.log.String()), "\n")
}

// command runs a command of csrd on the data directory.
func (s *site) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary, append(args, "--data", s.data)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("csrd %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// call calls an action as a client does, and reads its response into response.
func (s *site) call(t *testing.T, name string, parameters, response any) {
	t.Helper()
	body, err := json.Marshal(parameters)
	must(t, err)
	product, version := find(t, name)
	endpoint, err := url.Parse(s.url)
	must(t, err)
	r, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", name)
	r.Header.Set("X-TC-Version", version)
	tc3.Sign(&tc3.Request{Method: r.Method, Host: endpoint.Host, Header: r.Header, Body: body}, s.key, product, time.Now())
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	var envelope struct{ Response json.RawMessage }
	must(t, json.Unmarshal(text, &envelope))
	var failure struct {
		Error *struct{ Code, Message string }
	}
	must(t, json.Unmarshal(envelope.Response, &failure))
	if failure.Error != nil {
		t.Fatalf("%s: %s: %s", name, failure.Error.Code, failure.Error.Message)
	}
	if response != nil {
		must(t, json.Unmarshal(envelope.Response, response))
	}
}

// find returns product and version of an action.
func find(t *testing.T, name string) (product, version string) {
	t.Helper()
	for _, p := range []struct {
		name, version string
		specs         []action.Spec
	}{
		{ssl.Product, ssl.Version, ssl.Table().Specs()},
		{inventory.Product, inventory.Version, inventory.Table().Specs()},
	} {
		if slices.ContainsFunc(p.specs, func(spec action.Spec) bool { return spec.Name == name }) {
			return p.name, p.version
		}
	}
	t.Fatalf("there is no action %s", name)
	return "", ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
