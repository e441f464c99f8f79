package tc3

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net/http"
	"strings"
)

// Request is what a signature covers of an HTTP request, as it stands on the
// wire: nothing decoded, re-encoded or re-ordered.
type Request struct {
	Method   string
	Path     string // of the request target; "" counts as "/"
	RawQuery string // of the request target; signed with GET only
	Host     string // the Host header
	Header   http.Header
	Body     []byte
}

// reading is one way of reading a request whose clients differ in what they
// sign: the values that enter the canonical request.
type reading struct {
	path  string
	host  string
	lower bool // header values in lower case, as the API page's demos sign them
}

// readings goes through what official clients sign for the same request, most
// common first: the host without its port (Node SDKs), the values in lower
// case (the page's demos), "/" whatever the path (Go SDK, endpoint with a path).
func (r *Request) readings() iter.Seq[reading] {
	return func(yield func(reading) bool) {
		bare := withoutPort(r.Host)
		for _, path := range [...]string{"/", r.Path} {
			for _, lower := range [...]bool{false, true} {
				if !yield(reading{path, r.Host, lower}) || bare != r.Host && !yield(reading{path, bare, lower}) {
					return
				}
			}
			if r.Path == "/" || r.Path == "" {
				return
			}
		}
	}
}

// withoutPort cuts a trailing ":port" off a Host header.
func withoutPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.IndexByte(host[i:], ']') >= 0 {
		return host
	}
	return host[:i]
}

// appendCanonical appends the canonical request (API page "Signature v3", step 1):
//
//	METHOD LF path LF query LF name:value LF … LF LF SignedHeaders LF hex(hash of the payload)
func (r *Request) appendCanonical(text []byte, signed []string, as reading, payload payloadHash) []byte {
	text = append(text, r.Method...)
	text = append(text, '\n')
	text = append(text, as.path...)
	text = append(text, '\n')
	if r.Method == http.MethodGet {
		text = append(text, r.RawQuery...)
	}
	text = append(text, '\n')
	for _, name := range signed {
		value := as.host
		if name != "host" {
			value = r.Header.Get(name)
		}
		value = strings.TrimSpace(value)
		if as.lower {
			value = strings.ToLower(value)
		}
		text = append(text, name...)
		text = append(text, ':')
		text = append(text, value...)
		text = append(text, '\n')
	}
	text = append(text, '\n')
	for i, name := range signed {
		if i > 0 {
			text = append(text, ';')
		}
		text = append(text, name...)
	}
	text = append(text, '\n')
	return hex.AppendEncode(text, payload[:])
}

// payloadHash is the last line of the canonical request, before it is written
// in hexadecimal.
type payloadHash [sha256.Size]byte

func (r *Request) payloadHash() payloadHash {
	switch {
	case r.Header.Get(keyContentSHA256) == UnsignedPayload:
		return sha256.Sum256([]byte(UnsignedPayload))
	case r.Method == http.MethodGet:
		return sha256.Sum256(nil)
	}
	return sha256.Sum256(r.Body)
}
