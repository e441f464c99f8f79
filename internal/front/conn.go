package front

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// net/http knows nothing of the API's envelope and of what some clients send.
// Both is mended where its bytes pass: on the connection.

// Listen returns a listener for [http.Server.Serve] whose connections speak
// TLS where there is a configuration, have the Host of their first request
// mended where it is a URL, and answer in the envelope of the API what the
// HTTP server refuses by itself. A connection whose Host was mended is closed
// after its answer: later requests on it would not be mended.
func (a *API) Listen(l net.Listener, config *tls.Config) net.Listener {
	return &listener{l, a, config}
}

type listener struct {
	net.Listener
	api    *API
	config *tls.Config // nil for plain HTTP
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	mended := &conn{Conn: c, api: l.api}
	if l.config != nil {
		mended.secure = tls.Server(c, l.config)
		mended.Conn = mended.secure
	}
	return mended, nil
}

// conn is a connection of Listen. Only net/http's one reading goroutine uses
// its fields, and the handler after it has read the head.
type conn struct {
	net.Conn
	api        *API
	secure     *tls.Conn // nil for plain HTTP
	looked     bool
	pending    []byte // read from the connection, not yet by the server
	err        error  // that ended the reading of the head
	signedHost string // the Host as it was sent, where it was mended
}

// Read implements [net.Conn]. The first one waits with the server's own buffer,
// so that an idle connection costs nothing more.
func (c *conn) Read(p []byte) (int, error) {
	if !c.looked {
		c.looked = true
		if c.err = c.handshake(); c.err == nil {
			c.readHead(p)
			c.pending, c.signedHost = mendHead(c.pending)
		}
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

// maxHead is what a request's head may have in all, above the documented 64 KB
// of headers and 32 KB of a query: what is over these and under it is still
// told the code that goes with its signature.
const maxHead = 256 << 10

// errTLS ends a connection on which a client speaks TLS: it could read no answer.
var errTLS = errors.New("a TLS client on a plain connection")

// readHead reads, first into the server's buffer, to the end of the first head
// where the connection begins with one. The server's deadlines hold.
func (c *conn) readHead(first []byte) {
	const tlsHandshake = 0x16 // RFC 8446 §5.1
	n, err := c.Conn.Read(first)
	c.pending, c.err = bytes.Clone(first[:n]), err
	if len(c.pending) > 0 && c.pending[0] == tlsHandshake {
		c.pending, c.err = nil, errTLS
	}
	var buffer [4 << 10]byte
	for searched := 0; c.err == nil && beginsHead(c.pending) && len(c.pending) <= maxHead; {
		// The end may have come in two pieces.
		rest := c.pending[max(0, searched-len(endOfHead)):]
		if bytes.Contains(rest, endOfHead) || bytes.Contains(rest, endOfBareHead) {
			return
		}
		searched = len(c.pending)
		n, err := c.Conn.Read(buffer[:])
		c.pending, c.err = append(c.pending, buffer[:n]...), err
	}
}

// beginsHead reports whether a connection begins as a request of HTTP does,
// with a method of capital letters.
func beginsHead(read []byte) bool {
	return len(read) > 0 && 'A' <= read[0] && read[0] <= 'Z'
}

// Write implements [net.Conn]. What net/http refuses by itself it writes at
// once and whole, by text that no handler's answer has.
func (c *conn) Write(p []byte) (int, error) {
	refusal := refusalOf(p)
	if refusal == nil {
		return c.Conn.Write(p)
	}
	if err := c.api.refuse(c.Conn, refusal); err != nil {
		return 0, err
	}
	return len(p), nil
}

// CloseWrite tells the client that nothing follows, and lets it read what was
// written before the connection is closed; net/http asks for it.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// handshakeTimeout is the time that a client has to take the server's part of
// a handshake. For its own it has that of a head.
const handshakeTimeout = 5 * time.Second

// handshake begins TLS, where it is spoken. net/http would do it only for
// connections of the type [tls.Conn].
func (c *conn) handshake() error {
	if c.secure == nil {
		return nil
	}
	if err := c.secure.SetWriteDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	err := c.secure.Handshake()
	var notTLS tls.RecordHeaderError
	if errors.As(err, &notTLS) && notTLS.Conn != nil && beginsHead(notTLS.RecordHeader[:]) {
		err = errors.Join(err, c.api.refuse(notTLS.Conn, plainOnTLS()))
	}
	if err != nil {
		c.api.Log.Debug("TLS handshake", "from", c.RemoteAddr().String(), "cause", err.Error())
		return err
	}
	return c.secure.SetWriteDeadline(time.Time{})
}

type connKey struct{}

// connContext makes the connection known to the handler; it is for
// [http.Server.ConnContext].
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// signedHostOf returns the Host that a client sent and signed.
func signedHostOf(r *http.Request) string {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && c.signedHost != "" {
		return c.signedHost
	}
	return r.Host
}
