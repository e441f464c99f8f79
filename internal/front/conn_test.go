package front

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

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
	go func() { done <- server.Serve(new(API).Listen(listener, nil)) }()
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
			n, err := (&conn{Conn: peer}).Read(read) // it would block, were the end of a head waited for
			if string(read[:n]) != test.want || (err != nil) != (test.want == "") {
				t.Errorf("read %q, %v, want %q", read[:n], err, test.want)
			}
		})
	}
}
