package tc3

import (
	"crypto/hmac"
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

// canonical returns the canonical request (API page "Signature v3", step 1):
//
//	METHOD LF path LF query LF name:value LF … LF LF SignedHeaders LF hex(hash of the payload)
func (r *Request) canonical(signed []string, as reading, payloadHash string) []byte {
	text := make([]byte, 0, 512)
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
	return append(text, payloadHash...)
}

// payloadHash returns the last line of the canonical request.
func (r *Request) payloadHash() string {
	payload := r.Body
	switch {
	case r.Header.Get(HeaderContentSHA256) == UnsignedPayload:
		payload = []byte(UnsignedPayload)
	case r.Method == http.MethodGet:
		payload = nil
	}
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}

// signature returns the signature of a canonical request under a derived key
// (API page "Signature v3", steps 2 and 3). timestamp is the text of
// X-TC-Timestamp.
func signature(key SigningKey, timestamp, scope string, canonical []byte) (sum [32]byte) {
	hashed := sha256.Sum256(canonical)
	text := make([]byte, 0, 256)
	text = append(text, Algorithm...)
	text = append(text, '\n')
	text = append(text, timestamp...)
	text = append(text, '\n')
	text = append(text, scope...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, hashed[:])
	mac := hmac.New(sha256.New, key[:])
	mac.Write(text)
	mac.Sum(sum[:0])
	return sum
}
