package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serveHTTP returns the port of a server with a handler.
func serveHTTP(t *testing.T, handler http.HandlerFunc) int {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func plain(body, prefix string) request {
	return request{raw: []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + body), prefix: []byte(prefix)}
}

func TestALoadSendsSoManyRequestsAndTimesEach(t *testing.T) {
	var asked atomic.Int64
	port := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.WriteString(w, "right")
	})
	out, err := load{port: port, clients: 4, requests: 100, next: func() request { return plain("", "right") }}.run()
	if err != nil {
		t.Fatal(err)
	}
	if out.answers != 100 || asked.Load() != 100 || len(out.latency) != 100 {
		t.Errorf("%d answers, %d times, %d requests came; want 100 of each", out.answers, len(out.latency), asked.Load())
	}
	if out.p50() > out.p99() {
		t.Errorf("p50 %v is above p99 %v", out.p50(), out.p99())
	}
}

func TestALoadFailsOnAWrongAnswer(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"body":   func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "wrong") },
		"status": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "right", 500) },
		"chunks": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "ri")
			w.(http.Flusher).Flush()
			io.WriteString(w, "ghxt")
		},
	} {
		port := serveHTTP(t, handler)
		if out, err := (load{port: port, clients: 1, requests: 5, next: func() request { return plain("", "right") }}).run(); err == nil {
			t.Errorf("%s: no error, %d answers", name, out.answers)
		}
	}
}

func TestARefusedClientAsksNoMore(t *testing.T) {
	var asked atomic.Int64
	port := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 4 {
			io.WriteString(w, "busy")
			return
		}
		io.WriteString(w, "right")
	})
	out, err := load{port: port, clients: 1, requests: 10, refused: []byte("busy"), next: func() request { return plain("", "right") }}.run()
	if err != nil || out.answers != 3 || out.refused != 1 || asked.Load() != 4 {
		t.Errorf("%+v, %v after %d requests", out, err, asked.Load())
	}
}

func TestAnAnswerInChunksIsPutTogether(t *testing.T) {
	port := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		for _, part := range []string{"ri", "ght", strings.Repeat(" and more", 1000)} {
			io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
	})
	var got string
	_, err := load{port: port, clients: 1, requests: 2, next: func() request { return plain("", "right") }, seen: func(body []byte) error {
		got = string(body)
		return nil
	}}.run()
	if want := "right" + strings.Repeat(" and more", 1000); err != nil || got != want {
		t.Errorf("got %d bytes %.30q, want %d: %v", len(got), got, len(want), err)
	}
}

// A server that stands still for a while makes requests late that were due
// meanwhile, and the time that they waited counts.
func TestUnderARateTheTimeIsFromWhenARequestWasDue(t *testing.T) {
	var asked atomic.Int64
	port := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			time.Sleep(100 * time.Millisecond) // the pause that is measured
		}
		io.WriteString(w, strings.Repeat("right", 100))
	})
	out, err := load{port: port, clients: 1, rate: 100, time: 200 * time.Millisecond, next: func() request { return plain("", "right") }}.run()
	if err != nil {
		t.Fatal(err)
	}
	if out.answers != 20 {
		t.Errorf("%d answers, want the 20 that were due", out.answers)
	}
	late := 0
	for _, microseconds := range out.latency {
		if microseconds > 10_000 {
			late++
		}
	}
	if late < 5 {
		t.Errorf("%d answers were late: only the first request's own time was counted", late)
	}
}
