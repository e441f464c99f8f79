package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Times after which a server is taken to hang.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 60 * time.Second
	quietTimeout = 3 * time.Minute
)

// process is a server that is measured.
type process struct {
	name  string
	port  int
	cmd   *exec.Cmd
	log   string        // its stderr
	ready time.Duration // from its start until it answered
	ended chan error
}

func (p *process) host() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// start starts a server and returns when it answers GET on a path with 200. %s
// in its arguments stands for its address.
func start(ctx context.Context, name, log, readyPath string, env []string, program string, args ...string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &process{name: name, port: port, log: log, ended: make(chan error, 1)}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "%s", p.host())
	}
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd = exec.CommandContext(ctx, program, args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, out, out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopTimeout
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	client := http.Client{Timeout: startTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		response, err := client.Get("http://" + p.host() + readyPath)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				p.ready = time.Since(began)
				return p, nil
			}
		}
		select {
		case err := <-p.ended:
			text, _ := os.ReadFile(log)
			return nil, fmt.Errorf("%s ended before it answered: %v\n%s", name, err, text)
		default:
		}
		if time.Since(began) > startTimeout {
			return nil, errors.Join(fmt.Errorf("%s does not answer after %v: its log is %s", name, startTimeout, log), p.stop())
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// stop ends the server in order.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case err := <-p.ended:
		if err != nil && p.cmd.ProcessState.ExitCode() != -1 { // else it ended by the signal
			return fmt.Errorf("%s ended with: %w: its log is %s", p.name, err, p.log)
		}
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("%s did not end within %v", p.name, stopTimeout), p.cmd.Process.Kill())
	}
}

// clockTick is the unit of times in /proc/PID/stat: USER_HZ, 100 a second on
// every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// cpu is the processor time that the server has used, of all its threads.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseCPU(text)
}

// parseCPU adds utime and stime, the 14th and 15th field. The second is a name
// in parentheses that may have spaces.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/PID/stat has too few fields: %q", stat)
	}
	var sum int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/stat: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * clockTick, nil
}

// anonymous is the server's resident memory without files, in bytes: RssAnon of
// /proc/PID/status.
func (p *process) anonymous() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseAnonymous(string(text))
}

func parseAnonymous(status string) (int64, error) {
	_, rest, found := strings.Cut(status, "\nRssAnon:")
	line, _, _ := strings.Cut(rest, "\n")
	kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 10, 64)
	if !found || err != nil {
		return 0, fmt.Errorf("/proc/PID/status has no RssAnon: %v", err)
	}
	return kib << 10, nil
}

// quiet waits until servers use next to no processor: csrd makes RSA keys ahead
// when it starts.
func quiet(servers ...*process) error {
	began := time.Now()
	for {
		before, err := sumCPU(servers)
		if err != nil {
			return err
		}
		time.Sleep(400 * time.Millisecond)
		after, err := sumCPU(servers)
		if err != nil {
			return err
		}
		if after-before <= clockTick {
			return nil
		}
		if time.Since(began) > quietTimeout {
			return fmt.Errorf("the servers still use the processors after %v without a request", quietTimeout)
		}
	}
}

func sumCPU(servers []*process) (sum time.Duration, err error) {
	for _, p := range servers {
		used, err := p.cpu()
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// csrd starts the real server on a data directory, with its defaults but for
// the rate limit and what is given.
func (b *bench) csrd(dir string, args ...string) (*process, error) {
	args = append([]string{"serve", "--data", dir, "--listen", "%s", "--rate-limit", "0"}, args...)
	log := filepath.Join(b.cache, "log-"+filepath.Base(dir))
	env := append(withoutCSRD(os.Environ()), fmt.Sprintf("CSRD_ROOT_UIN=%d", bigUin), "CSRD_ROOT_SECRET_ID="+secretID(bigUin), "CSRD_ROOT_SECRET_KEY="+secretKey)
	return start(b.ctx, "csrd", log, "/readyz", env, b.binary, args...)
}

// withoutCSRD drops what would change the server's settings.
func withoutCSRD(env []string) (kept []string) {
	for _, e := range env {
		if !strings.HasPrefix(e, "CSRD_") {
			kept = append(kept, e)
		}
	}
	return kept
}
