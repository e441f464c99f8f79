package front

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
)

// tccli and the Python SDK, given an endpoint with a scheme
// ("http://127.0.0.1:9402"), send and sign the whole URL as Host. net/http
// refuses such a head before any handler sees it, so it is mended on the
// connection, and the text that was signed is kept beside it.

// MendHost returns a listener whose connections have the Host of their first
// request mended, where it is a URL. Such a connection is closed after its
// answer: later requests on it would not be mended.
func MendHost(l net.Listener) net.Listener { return mendingListener{l} }

type mendingListener struct{ net.Listener }

func (l mendingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &mendedConn{Conn: c}, nil
}

// maxHead is where the search for the end of a head is given up; net/http
// refuses what is longer.
const maxHead = 64 << 10

// mendedConn is a connection of MendHost. Only net/http's one reading
// goroutine uses its fields, and the handler after it has read the head.
type mendedConn struct {
	net.Conn
	looked     bool
	pending    []byte // read from the connection, not yet by the server
	err        error  // that ended the reading of the head
	signedHost string // the Host as it was sent, where it was mended
}

// Read implements [net.Conn]. The first one waits with the server's own buffer,
// so that an idle connection costs nothing more.
func (c *mendedConn) Read(p []byte) (int, error) {
	if !c.looked {
		n, err := c.Conn.Read(p)
		c.looked, c.pending, c.err = true, bytes.Clone(p[:n]), err
		c.readHead()
		c.pending, c.signedHost = mendHead(c.pending)
	}
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		if c.pending = c.pending[n:]; len(c.pending) == 0 {
			c.pending = nil
		}
		return n, nil
	}
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(p)
}

// errTLS ends a connection on which a client speaks TLS: it could read no answer.
var errTLS = errors.New("a TLS client on a plain connection")

// readHead reads on to the end of the first head, where what was read begins
// as one does. The server's deadlines hold.
func (c *mendedConn) readHead() {
	const tlsHandshake = 0x16 // RFC 8446 §5.1
	if len(c.pending) > 0 && c.pending[0] == tlsHandshake {
		c.pending, c.err = nil, errTLS
	}
	var buffer [1 << 10]byte
	for c.err == nil && beginsHead(c.pending) && len(c.pending) <= maxHead && !bytes.Contains(c.pending, endOfHead) && !bytes.Contains(c.pending, endOfBareHead) {
		n, err := c.Conn.Read(buffer[:])
		c.pending, c.err = append(c.pending, buffer[:n]...), err
	}
}

var (
	endOfLine = []byte("\r\n")
	endOfHead = []byte("\r\n\r\n")
	// net/http takes this too; such a head is not mended.
	endOfBareHead = []byte("\n\n")
)

// beginsHead reports whether a connection begins as a request of HTTP does,
// with a method of capital letters.
func beginsHead(read []byte) bool {
	return len(read) > 0 && 'A' <= read[0] && read[0] <= 'Z'
}

// mendHead returns what was read of a connection with the one Host of its
// head, where it is a URL, cut to the URL's host, and the URL. Anything else
// it returns as it is.
func mendHead(read []byte) (mended []byte, signedHost string) {
	head, rest, whole := bytes.Cut(read, endOfHead)
	if !whole {
		return read, ""
	}
	lines := bytes.Split(head, endOfLine)
	at := 0
	for i, line := range lines[1:] {
		if name, _, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(name), "Host") {
			if at != 0 {
				return read, "" // two of them: net/http says what is wrong
			}
			at = i + 1
		}
	}
	if at == 0 {
		return read, ""
	}
	_, value, _ := bytes.Cut(lines[at], []byte(":"))
	url := string(bytes.Trim(value, " \t"))
	scheme, host, ok := strings.Cut(url, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return read, ""
	}
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	lines[at] = []byte("Host: " + host)
	lines = append(lines, []byte("Connection: close"))
	mended = bytes.Join(lines, endOfLine)
	mended = append(mended, endOfHead...)
	return append(mended, rest...), url
}

type connKey struct{}

// connContext makes the connection known to the handler; it is for
// [http.Server.ConnContext].
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// signedHostOf returns the Host that a client sent and signed.
func signedHostOf(r *http.Request) string {
	if c, ok := r.Context().Value(connKey{}).(*mendedConn); ok && c.signedHost != "" {
		return c.signedHost
	}
	return r.Host
}
