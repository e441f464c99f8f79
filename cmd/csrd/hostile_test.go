package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// While clients misbehave in their way, others are answered.
func TestHostileClientsDoNotKeepOthersFromAnswers(t *testing.T) {
	const signed = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-TC-Action: DescribeCSRSet\r\nX-TC-Version: 2019-12-05\r\n"
	for _, test := range []struct {
		name  string
		conns int
		send  string // on each connection, which then stays open
	}{
		{"idle connections", 10_000, ""},
		{"half a line", 500, "POST / HT"},
		{"half a head", 500, signed + "Content-Length: 2\r\nX-A"},
		{"half a body", 500, signed + "Content-Length: 1000\r\n\r\n{"},
		{"a body larger than announced", 200, signed + "Content-Length: 2\r\n\r\n{}" + strings.Repeat("x", 100_000)},
		{"chunks without an end", 200, signed + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
		{"a head of 100 KB", 200, "POST / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 100_000) + "\r\n\r\n"},
		{"a thousand headers", 200, "POST / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: b\r\n", 1000) + "\r\n"},
		{"a line of 100 KB", 200, "GET /" + strings.Repeat("a", 100_000) + " HTTP/1.1\r\n\r\n"},
		{"rubbish", 200, "\x00\x01\x02\r\n\r\n"},
		{"a TLS hello", 200, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := t.TempDir()
			s := serve(t, data, nil)
			c := rootClient(t, s, data)
			address := strings.TrimPrefix(s.endpoint, "http://")
			if most := openFiles(t); test.conns+100 > most {
				t.Fatalf("this process may have %d files open: raise it (ulimit -n) above %d", most, test.conns+100)
			}
			for range test.conns {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				// The server may close the connection while it is written to.
				_, _ = io.WriteString(conn, test.send)
			}
			var took []time.Duration
			for range 50 {
				started := time.Now()
				if err := c.call("DescribeCSRSet", parameters{}, new(struct{})); err != nil {
					t.Fatalf("a good request fails: %v", err)
				}
				took = append(took, time.Since(started))
			}
			slices.Sort(took)
			t.Logf("beside %d of them a good request took %v at the median, %v at the most", test.conns, took[len(took)/2], took[len(took)-1])
		})
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(limit.Cur, 1<<30))
}

// A client that does not end its head is not waited for: the server closes the
// connection after the time that heads have.
func TestAnEndlessHeadIsCutOff(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.endpoint, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
}

// Requests that come before the answers to those before them are answered in
// their order.
func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.endpoint, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var sent strings.Builder
	for _, missing := range []string{"Action", "Version", "Timestamp"} {
		sent.WriteString("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n")
		for _, name := range []string{"Action", "Version", "Timestamp"} {
			if name == missing {
				break
			}
			fmt.Fprintf(&sent, "X-TC-%s: x\r\n", name)
		}
		sent.WriteString("\r\n{}")
	}
	if _, err := io.WriteString(conn, sent.String()); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	for _, missing := range []string{"Action", "Version", "Timestamp"} {
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(body), "`"+missing+"`") {
			t.Errorf("answered %q (%v), want %s to be missing", body, err, missing)
		}
	}
}

// Bodies are read before anyone has signed for them: their memory is bounded.
func TestManyLargeBodiesDoNotFillTheMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		leaveOut(t, "the memory of a process is read from /proc")
	}
	s := serve(t, t.TempDir(), nil)
	body := strings.Repeat(" ", 10<<20)
	answers := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			answer := "no answer"
			response, err := http.Post(s.endpoint, "application/json", strings.NewReader(body))
			if err == nil {
				text, _ := io.ReadAll(response.Body)
				response.Body.Close()
				answer = strings.Split(string(text), `"`)[7]
			}
			mu.Lock()
			defer mu.Unlock()
			answers[answer]++
		})
	}
	wg.Wait()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var peak int // KiB
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &peak); err != nil {
		t.Fatal(err)
	}
	t.Logf("a hundred bodies of 10 MB at once: at the most %d MiB, answered %v", peak/1024, answers)
	if peak > 1000<<10 { // what the bodies alone would take; the race detector's memory is in it
		t.Errorf("the server took %d MiB at the most", peak/1024)
	}
	if answers["MissingParameter"] == 0 {
		t.Errorf("none was read: answered %v", answers)
	}
}
