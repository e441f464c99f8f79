package front_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"csrd/action"
	"csrd/internal/front"
	"csrd/tc3"
)

// exchange sends text over a connection to a real HTTP server, says that there
// is no more, and reads the response.
func exchange(t *testing.T, s *server, text string) *http.Response {
	t.Helper()
	real := httptest.NewUnstartedServer(s)
	real.Config = front.NewServer(s, discard)
	real.Listener = s.api.Listen(real.Listener, nil)
	real.Start()
	t.Cleanup(real.Close)
	conn, err := net.Dial("tcp", real.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// wire returns a signed request of Echo as it goes over the network. What is
// signed is a path and the body, which may be sent shorter.
func wire(target, signedPath, body string, send int) string {
	return wireTo(host, target, signedPath, body, send)
}

// wireTo is wire with another text as Host, which is signed.
func wireTo(host, target, signedPath, body string, send int) string {
	const contentType = "application/json"
	hash := func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) }
	scope := now.Format("2006-01-02") + "/toy/tc3_request"
	canonical := "POST\n" + signedPath + "\n\ncontent-type:" + contentType + "\nhost:" + host + "\n\ncontent-type;host\n" + hash(body)
	key := tc3.DeriveKey(string(secretKey), now.Format("2006-01-02"), "toy")
	mac := hmac.New(sha256.New, key[:])
	fmt.Fprintf(mac, "TC3-HMAC-SHA256\n%d\n%s\n%s", now.Unix(), scope, hash(canonical))
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nX-TC-Action: Echo\r\nX-TC-Version: %s\r\nX-TC-Timestamp: %d\r\n"+
		"Authorization: TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%x\r\nContent-Length: %d\r\n\r\n%s",
		target, host, contentType, version, now.Unix(), secretID, scope, mac.Sum(nil), len(body), body[:send])
}

// No path is cleaned, decoded or redirected, and a signature may be over "/",
// as SDKs sign, or over the path as it was sent.
func TestEveryOtherPathIsTheAPI(t *testing.T) {
	const text = `{"Text":"x"}`
	for _, target := range []string{
		"/", "/v3", "//a/../b", "/../x", "/./", "/a//b/", "/healthz/", "/Healthz", "//healthz", "/metrics/x", "/%2e%2e/x", "/a/../healthz",
		"/a%2Fb", "/a%2fb", "/%E5%AF%86", "/a+b;c=d", "/?a=b", "//a/../b?x=%zz",
	} {
		t.Run(target, func(t *testing.T) {
			path, _, _ := strings.Cut(target, "?")
			for _, signed := range []string{"/", path} {
				response := exchange(t, newServer(), wire(target, signed, text, len(text)))
				if got := read(t, response.StatusCode, response.Header, response.Body); got.Error != nil || got.Text != "x" {
					t.Errorf("signed over %s: answered %+v with error %+v", signed, got, got.Error)
				}
			}
		})
	}
	response := exchange(t, newServer(), wire("/v3", "/v4", text, len(text)))
	wantError(t, read(t, response.StatusCode, response.Header, response.Body), action.CodeSignatureFailure, badSignature)
}

func TestBodyThatEndsTooSoonIsAnswered(t *testing.T) {
	const text = `{"Text":"x","Rest":"cut here"}`
	s := newServer()
	response := exchange(t, s, wire("/", "/", text, 20))
	wantError(t, read(t, response.StatusCode, response.Header, response.Body), action.CodeInvalidParameter, cutShort)
	if lines := s.log.lines(t, "request"); len(lines) != 1 || lines[0]["cause"] != io.ErrUnexpectedEOF.Error() {
		t.Errorf("logged %v, want one line with the cause", lines)
	}
}

func TestBodyOverTheLimitIsAnswered(t *testing.T) {
	text := strings.Repeat(" ", front.MaxBody+1)
	response := exchange(t, newServer(), wire("/", "/", text, len(text)))
	wantError(t, read(t, response.StatusCode, response.Header, response.Body), action.CodeRequestSizeLimitExceeded, tooLarge)
}

// A panic ends neither the server nor the connection.
func TestConnectionOutlivesAPanic(t *testing.T) {
	s := newServer()
	var opened atomic.Int64
	real := httptest.NewUnstartedServer(s)
	real.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	real.Start()
	defer real.Close()
	ask := func(name, text string) answered {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, real.URL, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-TC-Action", name)
		r.Header.Set("X-TC-Version", version)
		sign(r, secretID, secretKey, now, text)
		response, err := real.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return read(t, response.StatusCode, response.Header, response.Body)
	}
	for range 3 {
		wantError(t, ask("Panic", "{}"), action.CodeInternalError, internal)
		if got := ask("Echo", `{"Text":"x"}`); got.Error != nil || got.Text != "x" {
			t.Errorf("answered %+v with error %+v", got, got.Error)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("the requests took %d connections, want one", n)
	}
}
