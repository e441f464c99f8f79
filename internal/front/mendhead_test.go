package front

import (
	"bytes"
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
