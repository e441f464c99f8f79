package front_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"csrd/internal/front"
)

var discard = slog.New(slog.DiscardHandler)

func TestServerHasATimeForEveryPhase(t *testing.T) {
	s := front.NewServer(http.NotFoundHandler(), discard)
	for name, timeout := range map[string]time.Duration{
		"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
	} {
		if timeout <= 0 || timeout > 5*time.Minute {
			t.Errorf("%s is %v", name, timeout)
		}
	}
	// Else an action that takes its time could not answer.
	if s.WriteTimeout < s.ReadTimeout+30*time.Second {
		t.Errorf("WriteTimeout %v is less than ReadTimeout %v and the 30 s of an action", s.WriteTimeout, s.ReadTimeout)
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 1<<20 {
		t.Errorf("MaxHeaderBytes is %d", s.MaxHeaderBytes)
	}
}

func TestServerLogsItsOwnTroubles(t *testing.T) {
	var log bytes.Buffer
	s := front.NewServer(http.NotFoundHandler(), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s.ErrorLog.Print("TLS handshake error")
	if !strings.Contains(log.String(), "level=DEBUG") || !strings.Contains(log.String(), "TLS handshake error") {
		t.Errorf("logged %q", &log)
	}
}

// pipeListener is a listener with connections in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A client that stops in the middle is not waited for.
func TestSlowClientsAreCutOff(t *testing.T) {
	full := wire("/", "/", `{"Text":"x"}`, 12)
	for _, test := range []struct {
		name   string
		send   string
		within time.Duration
		want   string // what the answer holds
	}{
		{"nothing sent", "", 5 * time.Second, ""},
		{"half of the headers", full[:60], 5 * time.Second, ""},
		{"half of the body", full[:len(full)-6], 30 * time.Second, cutShort},
		{"nothing after a request", full, 2 * time.Minute, `"Text":"x"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := &pipeListener{make(chan net.Conn), make(chan struct{})}
				s := newServer()
				server := front.NewServer(s, discard)
				done := make(chan error)
				go func() { done <- server.Serve(s.api.Listen(listener, nil)) }()
				client, conn := net.Pipe()
				listener.conns <- conn
				started := time.Now()
				go io.WriteString(client, test.send)
				got, _ := io.ReadAll(client) // until the server closes
				if took := time.Since(started); took > test.within+time.Second || took == 0 {
					t.Errorf("closed after %v, want %v", took, test.within)
				}
				if !strings.Contains(string(got), test.want) {
					t.Errorf("answered %q, want %q in it", got, test.want)
				}
				server.Close()
				if err := <-done; err != http.ErrServerClosed {
					t.Error(err)
				}
			})
		})
	}
}
