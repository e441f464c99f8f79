package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"syscall"
	"testing"
	"time"
)

// begun is a request that the server has begun to answer and cannot finish:
// it asked for the body, which is not sent before finish.
type begun struct {
	finish func()
	answer chan error // of the call
	page   *struct{ Id int64 }
}

// begin sends the head of a CreateCSR that generates an RSA key of 4096 bits
// and returns when the server waits for the body.
func begin(t *testing.T, c *client) *begun {
	t.Helper()
	b := &begun{answer: make(chan error, 1), page: new(struct{ Id int64 })}
	asked, send := make(chan struct{}), make(chan struct{})
	b.finish = func() { close(send) }
	request, err := c.request("CreateCSR", draftOf("slow.example.com", "slow").
		with("EncryptAlgo", "RSA").with("KeyParameter", "4096").with("Generate", true))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Expect", "100-continue")
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(asked); <-send }}
	ctx, cancel := context.WithCancel(httptrace.WithClientTrace(t.Context(), trace))
	t.Cleanup(cancel)
	transport := &http.Transport{ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	slow := *c
	slow.http = &http.Client{Transport: transport}
	go func() { b.answer <- slow.send(request.WithContext(ctx), b.page) }()
	select {
	case <-asked:
	case err := <-b.answer:
		t.Fatalf("the request ended before its body was asked for: %v", err)
	case <-time.After(patience):
		t.Fatal("the server does not ask for the body")
	}
	return b
}

func TestShutdownFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, nil)
	c := rootClient(t, s, data)
	endpoint, err := url.Parse(s.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.list(); err != nil { // leaves a connection that idles
		t.Fatal(err)
	}
	slow := begin(t, c)

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitLog(t, "shutting down: requests under way are finished")
	eventually(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", endpoint.Host)
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	select {
	case err := <-slow.answer:
		t.Fatalf("the request under way was not waited for: %v", err)
	case <-s.ended:
		t.Fatalf("csrd ended while a request was under way:\n%s", s.stderr)
	default:
	}

	slow.finish()
	if err := <-slow.answer; err != nil {
		t.Fatalf("the request under way failed: %v", err)
	}
	if code := s.code(); code != 0 {
		t.Errorf("exit code %d after a SIGTERM:\n%s", code, s.stderr)
	}
	if line, ok := findLine(s.stderr.String(), "request"); !ok || line["code"] != "OK" || line["action"] != "CreateCSR" {
		t.Errorf("the last request was not logged: %v", line)
	}

	s = serve(t, data, nil)
	c.endpoint = s.endpoint
	page, err := c.describe(slow.page.Id)
	if err != nil || page.Status != 1 || page.PrivateKey == nil {
		t.Errorf("what was answered during the shutdown is not in the store: %+v, %v", page, err)
	}
	s.stop(t)
}

func TestInterruptShutsDownLikeTerminate(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := s.code(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.stderr)
	}
	if _, ok := findLine(s.stderr.String(), "shut down"); !ok {
		t.Errorf("the log does not say that it shut down:\n%s", s.stderr)
	}
}

// An operator who does not want to wait says so a second time.
func TestSecondSignalEndsAShutdownThatWaits(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, nil)
	slow := begin(t, rootClient(t, s, data))
	defer slow.finish()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitLog(t, "shutting down: requests under way are finished")
	// Again and again, as one that comes with the first may count as that.
	eventually(t, "it ends on a further SIGTERM", func() bool {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
	if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want the signal", s.cmd.ProcessState)
	}
	serve(t, data, nil).stop(t)
}
