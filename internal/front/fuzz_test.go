package front_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"csrd/internal/front"
	"csrd/sigv1"
	"csrd/tc3"
)

// Whatever bytes come over a connection, the server does not panic; once it has
// read the line of a request it answers in an envelope of the API, also what
// net/http refuses by itself; and it takes no more memory than a body may have.
func FuzzConnection(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-TC-Action: Echo\r\nX-TC-Version: 2020-01-01\r\n"+
		"X-TC-Timestamp: 1795427327\r\nAuthorization: TC3-HMAC-SHA256 Credential=AKIDexample/2026-11-23/ssl/tc3_request, SignedHeaders=content-type;host, Signature="+
		strings.Repeat("0", 64)+"\r\nContent-Length: 12\r\n\r\n{\"Text\":\"a\"}"), byte(0))
	f.Add([]byte("GET /?Action=Echo&Text=a&Version=2020-01-01&Timestamp=1795427327&Nonce=1&SecretId=AKIDexample&Signature=x HTTP/1.1\r\nHost: a\r\n\r\n"), byte(1))
	f.Add([]byte("POST /x HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 70\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"Text\"\r\n\r\na\r\n--b--\r\n"), byte(2))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: http://a:1/\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 18\r\n\r\nAction=Echo&Text=a"), byte(1))
	f.Add([]byte("PUT * HTTP/1.1\r\nHost: \r\n\r\nGET /x HTTP/1.1\r\n\r\n"), byte(3))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), byte(0))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10485761\r\n\r\n{"), byte(0))
	f.Add([]byte("GET / HTTP/3.0\r\n\r\n"), byte(0))
	s := newServer(func(settings *front.Settings) { settings.Log = slog.New(slog.DiscardHandler) })
	f.Fuzz(func(t *testing.T, raw []byte, signed byte) {
		if signed%2 == 1 {
			raw = signAnyhow(raw)
		}
		before := allocated()
		written := serveConnection(t, s, raw)
		if took, most := allocated()-before, uint64(front.MaxBody+1<<20+32*len(raw)); took > most {
			t.Fatalf("%q: took %d bytes of memory, want %d at the most", raw, took, most)
		}
		line, _, whole := bytes.Cut(raw, []byte("\n"))
		if whole && endsHead(raw) && len(written) == 0 && looksLikeALine(line) {
			t.Fatalf("%q: not answered", raw)
		}
		checkAnswers(t, raw, written)
	})
}

// allocated is how much memory the process has ever asked for, in bytes.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// serveConnection gives a server one connection with all that its client ever
// sends, and returns what the server wrote to it. Time passes at once.
func serveConnection(t *testing.T, s *server, raw []byte) []byte {
	conn := &memoryConn{sent: bytes.NewReader(raw), closed: make(chan struct{})}
	synctest.Test(t, func(t *testing.T) {
		listener := &pipeListener{make(chan net.Conn), make(chan struct{})}
		server := front.NewServer(s, discard)
		done := make(chan error)
		go func() { done <- server.Serve(s.api.Listen(listener, nil)) }()
		conn.closed = make(chan struct{})
		listener.conns <- conn
		<-conn.closed
		server.Close()
		<-done
	})
	return conn.written.Bytes()
}

// memoryConn is a connection whose client has sent all that it ever does.
type memoryConn struct {
	sent    *bytes.Reader
	written bytes.Buffer
	once    sync.Once
	closed  chan struct{}
}

func (c *memoryConn) Read(p []byte) (int, error)  { return c.sent.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.written.Write(p) }
func (c *memoryConn) Close() error                { c.once.Do(func() { close(c.closed) }); return nil }
func (c *memoryConn) LocalAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 9), Port: 9402}
}
func (c *memoryConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1234}
}
func (c *memoryConn) SetDeadline(time.Time) error      { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

// endsHead reports whether a head is there to its end: before it, the client
// has gone in the middle of it, and nobody is left to tell.
func endsHead(raw []byte) bool {
	return bytes.Contains(raw, []byte("\r\n\r\n")) || bytes.Contains(raw, []byte("\n\n"))
}

// looksLikeALine reports whether a connection begins with the line of a request.
func looksLikeALine(line []byte) bool {
	return regexp.MustCompile(`^[A-Z]+ \S+ HTTP/\d\.\d\r?$`).Match(line)
}

// checkAnswers reads the answers on a connection, and fails where one is no
// envelope.
func checkAnswers(t *testing.T, raw, written []byte) {
	if bytes.Contains(raw, []byte("HEAD ")) {
		return // whose answers have no body, nor say so
	}
	for answers := bufio.NewReader(bytes.NewReader(written)); ; {
		if _, err := answers.Peek(1); err != nil {
			return
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("%q: answered %q: %v", raw, written, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatalf("%q: answered %q: %v", raw, written, err)
		}
		if response.StatusCode == http.StatusContinue {
			continue
		}
		if response.Header.Get("Content-Type") != "application/json" {
			if own := regexp.MustCompile(`/(healthz|readyz|metrics)`).Match(raw) || bytes.Contains(raw, []byte("text/html")); own {
				continue
			}
			t.Fatalf("%q: answered %q", raw, written)
		}
		var envelope struct {
			Response struct {
				RequestId string
				Error     *struct{ Code, Message string }
			}
		}
		if err := json.Unmarshal(body, &envelope); err != nil || response.StatusCode != http.StatusOK || envelope.Response.RequestId == "" {
			t.Fatalf("%q: answered %d with %q: %v", raw, response.StatusCode, body, err)
		}
		e := envelope.Response.Error
		if e != nil && (e.Code == "" || e.Message == "") {
			t.Fatalf("%q: answered %+v", raw, e)
		}
		// Only the actions that are made to fail do so.
		if e != nil && e.Code == "InternalError" && !regexp.MustCompile(`Fail|Panic|Nothing`).Match(raw) {
			t.Fatalf("%q: answered %+v", raw, e)
		}
	}
}

// signAnyhow signs the first request that there is, so that it gets past the
// authentication; what is none stays as it is.
func signAnyhow(raw []byte) []byte {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return raw
	}
	signRequest(r)
	r.URL.Host = r.Host
	var signed bytes.Buffer
	if err := r.Write(&signed); err != nil {
		return raw
	}
	return signed.Bytes()
}

func signRequest(r *http.Request) {
	var body bytes.Buffer
	if r.Body != nil {
		_, _ = body.ReadFrom(http.MaxBytesReader(nil, r.Body, 1<<20)) // a body cut short is signed as it is
	}
	r.Body = http.NoBody
	if body.Len() > 0 {
		r.Body = io.NopCloser(&body)
	}
	if strings.Contains(r.Header.Get("Content-Type"), "urlencoded") || r.Header.Get("X-TC-Action") == "" {
		form := r.URL.RawQuery
		if r.Method == http.MethodPost {
			form = body.String()
		}
		parameters, err := sigv1.ParseParameters(form)
		if err != nil {
			return
		}
		signature := sigv1.Sign(&sigv1.Request{HTTPMethod: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Parameters: parameters}, sigv1.HmacSHA1, string(secretKey))
		form += "&Signature=" + strings.NewReplacer("+", "%2B", "=", "%3D", "/", "%2F").Replace(signature)
		if r.Method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader(form))
		} else {
			r.URL.RawQuery = form
		}
		return
	}
	sent := bytes.Clone(body.Bytes())
	tc3.Sign(&tc3.Request{Method: r.Method, RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: sent},
		tc3.Credential{SecretID: secretID, SecretKey: string(secretKey)}, "ssl", now.Add(time.Second))
}
