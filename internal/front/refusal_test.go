package front_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"csrd/action"
	"csrd/internal/front"
)

// What net/http refuses before any handler sees it is told in an envelope, is
// logged and counted, and ends the connection.
func TestWhatHTTPRefusesIsAnsweredInAnEnvelope(t *testing.T) {
	const unreadable = "The request is not one of HTTP: its first line or a header cannot be read."
	post := "POST / HTTP/1.1\r\nHost: a\r\n"
	for _, test := range []struct {
		name, send string
		code       action.Code
		message    string
	}{
		{"no Host", "POST / HTTP/1.1\r\n\r\n", action.CodeInvalidRequest, "The request is not one of HTTP: missing required Host header."},
		{"a Host that is none", "POST / HTTP/1.1\r\nHost: a b\r\n\r\n", action.CodeInvalidRequest, "The request is not one of HTTP: malformed Host header."},
		{"a URL as Host, without a host", "GET /?a=b HTTP/1.1\r\nHost: ftp://a/b\r\n\r\n", action.CodeInvalidRequest, "The request is not one of HTTP: malformed Host header."},
		{"two Hosts", post + "Host: b\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a header without a colon", post + "X-A\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a space in the name of a header", post + "X A: b\r\n\r\n", action.CodeInvalidRequest, "The request is not one of HTTP: invalid header name."},
		{"a control character in a header", post + "X-A: a\x01b\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a negative length", post + "Content-Length: -1\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a line of two words", "GET /\r\nHost: a\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a target that is none", "GET %zz HTTP/1.1\r\nHost: a\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"rubbish", "\x00\x01\x02\r\n\r\n", action.CodeInvalidRequest, unreadable},
		{"a head cut short", post + "X-A: b", action.CodeInvalidRequest, unreadable},
		{"an unknown coding", post + "Transfer-Encoding: gzip\r\n\r\n", action.CodeUnsupportedOperation, "The header `Transfer-Encoding` is not supported: it must be `chunked`."},
		{"an unknown expectation", post + "Expect: miracles\r\nContent-Length: 2\r\n\r\n{}", action.CodeUnsupportedOperation, "The header `Expect` is not supported: it must be `100-continue`."},
		{"an unknown expectation by HTTP/1.0", "POST / HTTP/1.0\r\nExpect: miracles\r\n\r\n", action.CodeUnsupportedOperation, "The header `Expect` is not supported: it must be `100-continue`."},
		{"HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", action.CodeUnsupportedProtocol, "The version of HTTP is not supported: it must be HTTP/1.1 or HTTP/1.0."},
		{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", action.CodeUnsupportedProtocol, "The request method `PRI` is not supported: it must be GET or POST."},
		{"a head of 300 KB", post + "X-A: " + strings.Repeat("a", 300<<10) + "\r\n\r\n", action.CodeRequestSizeLimitExceeded, "The head of the request is larger than 262144 bytes."},
		{"a line of 300 KB", "GET /?" + strings.Repeat("a", 300<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", action.CodeRequestSizeLimitExceeded, "The head of the request is larger than 262144 bytes."},
		{"a million headers", post + strings.Repeat("A: b\r\n", 1<<16) + "\r\n", action.CodeRequestSizeLimitExceeded, "The head of the request is larger than 262144 bytes."},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			response := exchange(t, s, test.send)
			if !response.Close {
				t.Error("the connection is to be used again")
			}
			if id := response.Header.Get("X-TC-RequestId"); id != requestID {
				t.Errorf("the RequestId in the header is %q", id)
			}
			wantError(t, read(t, response.StatusCode, response.Header, response.Body), test.code, test.message)
			if lines := s.log.lines(t, "request"); len(lines) != 1 || lines[0]["code"] != string(test.code) || lines[0]["request_id"] != requestID {
				t.Errorf("logged %v, want one line with the code", lines)
			}
			counted := s.do(httptest.NewRequest(http.MethodGet, "/metrics", nil)).Body.String()
			if line := fmt.Sprintf("csrd_requests_total{action=\"unknown\",code=%q} 1\n", test.code); !strings.Contains(counted, line) {
				t.Errorf("the metrics lack %s", line)
			}
		})
	}
}

// A refusal on a connection that served others before is in the envelope too,
// and what an answer of a handler holds is never taken for one.
func TestOnlyTheServersOwnWordsAreMended(t *testing.T) {
	const text = "HTTP/1.1 400 Bad Request\\r\\nContent-Type: text/plain; charset=utf-8\\r\\nConnection: close\\r\\n\\r\\n"
	body := `{"Text":"` + text + `"}`
	response := exchange(t, newServer(), wire("/", "/", body, len(body)))
	if got := read(t, response.StatusCode, response.Header, response.Body); got.Error != nil || !strings.HasPrefix(got.Text, "HTTP/1.1 400") {
		t.Errorf("answered %+v with error %+v", got, got.Error)
	}
	s := newServer()
	s.ping = func(context.Context) error { return errDetail }
	ready := exchange(t, s, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
	if ready.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz answered %d, want %d", ready.StatusCode, http.StatusServiceUnavailable)
	}

	s = newServer()
	first := wire("/", "/", `{"Text":"x"}`, 12)
	address := listen(t, s, nil)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, first+"POST / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	for _, want := range []action.Code{"", action.CodeInvalidRequest} {
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, response.StatusCode, response.Header, response.Body)
		if code := codeOf(got); code != want {
			t.Errorf("answered %q, want %q", code, want)
		}
	}
}

// Over TLS too the Host may be a URL, what HTTP refuses is in an envelope, and
// a client that speaks plain HTTP is told so.
func TestConnectionsOverTLSAreMendedToo(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS() // for its certificate
	defer pair.Close()
	s := newServer()
	address := listen(t, s, pair.TLS)
	body := `{"Text":"x"}`
	overTLS := func() (net.Conn, error) { return tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) } // its answers are looked at, not trusted
	plain := func() (net.Conn, error) { return net.Dial("tcp", address) }
	for _, test := range []struct {
		name, send string
		dial       func() (net.Conn, error)
		code       action.Code
		message    string
	}{
		{"a signed request", wire("/", "/", body, len(body)), overTLS, "", ""},
		{"a signed request with a URL as Host", wireTo("https://"+host, "/", "/", body, len(body)), overTLS, "", ""},
		{"a head that is none", "POST / HTTP/1.1\r\n\r\n", overTLS, action.CodeInvalidRequest, "The request is not one of HTTP: missing required Host header."},
		{"plain HTTP", wire("/", "/", body, len(body)), plain, action.CodeUnsupportedProtocol, "This port speaks TLS: use https."},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn, err := test.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, test.send); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := read(t, response.StatusCode, response.Header, response.Body)
			if test.code == "" {
				if got.Error != nil || got.Text != "x" {
					t.Errorf("answered %+v with error %+v", got, got.Error)
				}
				return
			}
			wantError(t, got, test.code, test.message)
		})
	}
	conn, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "\x00\x01\x02\x03\x04\x05"); err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(conn); strings.Contains(string(answer), "HTTP") {
		t.Errorf("rubbish is answered %q", answer)
	}
}

func codeOf(got answered) action.Code {
	if got.Error == nil {
		return ""
	}
	return action.Code(got.Error.Code)
}

// listen serves on a port of its own and returns its address.
func listen(t *testing.T, s *server, config *tls.Config) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := front.NewServer(s, discard)
	done := make(chan error, 1)
	go func() { done <- server.Serve(s.api.Listen(listener, config)) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return listener.Addr().String()
}
