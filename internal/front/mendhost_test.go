package front

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestHeadIsMendedOnlyWhereItsHostIsAURL(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nA: b\r\nHost: %\r\nC: d\r\n\r\nbody\r\nHost: http://body\r\n\r\n"
	for _, test := range []struct {
		host, want string // want "" where it is left alone
	}{
		{"http://127.0.0.1:9402", "127.0.0.1:9402"},
		{"  http://127.0.0.1:9402\t", "127.0.0.1:9402"},
		{"HTTPS://csrd.example.com", "csrd.example.com"},
		{"http://csrd.example.com:80/path?query", "csrd.example.com:80"},
		{"http://[::1]:9402", "[::1]:9402"},
		{"127.0.0.1:9402", ""},
		{"", ""},
		{"ftp://127.0.0.1", ""},
		{"http:/127.0.0.1", ""},
		{"//127.0.0.1", ""},
	} {
		read := []byte(strings.Replace(head, "%", test.host, 1))
		mended, signed := mendHead(bytes.Clone(read))
		if test.want == "" {
			if !bytes.Equal(mended, read) || signed != "" {
				t.Errorf("Host %q: mended to %q, signed %q", test.host, mended, signed)
			}
			continue
		}
		want := "POST / HTTP/1.1\r\nA: b\r\nHost: " + test.want + "\r\nC: d\r\nConnection: close\r\n\r\nbody\r\nHost: http://body\r\n\r\n"
		if string(mended) != want || signed != strings.TrimSpace(test.host) {
			t.Errorf("Host %q: mended to %q, signed %q, want %q", test.host, mended, signed, want)
		}
	}
	for _, other := range []string{
		"", "\r\n\r\n", "POST / HTTP/1.1\r\nHost: http://a\r\n", "POST / HTTP/1.1\r\n\r\nHost: http://a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: http://a\r\nHost: b\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
	} {
		if mended, signed := mendHead([]byte(other)); string(mended) != other || signed != "" {
			t.Errorf("%q: mended to %q, signed %q", other, mended, signed)
		}
	}
}

// What was sent reaches the handler whole, however it is cut on its way, and
// the connection of a mended head is closed.
func TestConnectionsAreMendedHoweverTheyAreCut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ConnContext: connContext, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, signedHostOf(r)+"|"+r.Host+"|"+string(body))
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(MendHost(listener)) }()
	defer func() {
		server.Close()
		<-done
	}()
	for _, test := range []struct {
		host, want string
		closes     bool
	}{
		{"http://127.0.0.1:9402", "http://127.0.0.1:9402|127.0.0.1:9402|hello", true},
		{"127.0.0.1:9402", "127.0.0.1:9402|127.0.0.1:9402|hello", false},
	} {
		request := "POST / HTTP/1.1\r\nHost: " + test.host + "\r\nContent-Length: 5\r\n\r\nhello"
		for _, size := range []int{1, 7, 20, len(request)} {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			for rest := request; rest != ""; {
				n := min(size, len(rest))
				if _, err := io.WriteString(conn, rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if string(body) != test.want || err != nil || response.Close != test.closes {
				t.Errorf("Host %s in pieces of %d: answered %q (%v), closes %t, want %q, %t", test.host, size, body, err, response.Close, test.want, test.closes)
			}
			conn.Close()
		}
	}
}

// Whatever was read, mending does not panic; it changes nothing but a Host
// that is a URL, and what it changes net/http reads with the rest as it was.
func FuzzMendHead(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nHost: http://127.0.0.1:9402\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("GET /?a=b HTTP/1.1\r\nA: b\r\nhost:https://x/y\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, read []byte) {
		mended, signed := mendHead(bytes.Clone(read))
		if signed == "" {
			if !bytes.Equal(mended, read) {
				t.Fatalf("%q became %q", read, mended)
			}
			return
		}
		if !strings.Contains(signed, "://") || !bytes.Contains(read, []byte(signed)) {
			t.Fatalf("%q: signed %q", read, signed)
		}
		_, rest, _ := bytes.Cut(read, endOfHead)
		if _, after, _ := bytes.Cut(mended, endOfHead); !bytes.Equal(rest, after) {
			t.Fatalf("the body %q became %q", rest, after)
		}
		if again, twice := mendHead(bytes.Clone(mended)); twice != "" && !strings.Contains(signed, "://http") {
			t.Fatalf("%q is mended again to %q", mended, again)
		}
	})
}

// A TLS client waits for a hello that never comes: it is cut off at once. One
// that ends its lines as net/http allows is answered at once.
func TestOtherBeginningsAreNotWaitedFor(t *testing.T) {
	for _, test := range []struct{ name, sent, want string }{
		{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ""},
		{"bare line ends", "GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n", "GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n"},
		{"no method", "hello\n", "hello\n"},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, peer := net.Pipe()
			go func() {
				_, _ = io.WriteString(client, test.sent)
				if test.name == "nothing" {
					client.Close()
				}
			}()
			defer client.Close()
			read := make([]byte, 100)
			n, err := (&mendedConn{Conn: peer}).Read(read) // it would block, were the end of a head waited for
			if string(read[:n]) != test.want || (err != nil) != (test.want == "") {
				t.Errorf("read %q, %v, want %q", read[:n], err, test.want)
			}
		})
	}
}
