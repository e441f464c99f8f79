package front

import (
	"bytes"
	"strings"
)

// tccli and the Python SDK, given an endpoint with a scheme
// ("http://127.0.0.1:9402"), send and sign the whole URL as Host. net/http
// refuses such a head before any handler sees it, so the first head of a
// connection is mended, and the text that was signed is kept beside it.

var (
	endOfLine = []byte("\r\n")
	endOfHead = []byte("\r\n\r\n")
	// net/http takes this too; such a head is not mended.
	endOfBareHead = []byte("\n\n")
)

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
