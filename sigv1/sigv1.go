// Package sigv1 signs and verifies requests with signature v1 of Tencent
// Cloud's API 3.0 (API page "Signature v1"): HmacSHA1 or HmacSHA256 over the
// method, the host, the path and the sorted parameters. It is pure, and follows
// what the official SDKs really send where that differs from the page.
package sigv1

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"iter"
	"slices"
	"strings"
)

// ErrMismatch says that the signature is not that of the request under the key.
var ErrMismatch = errors.New("sigv1: signature does not match")

// SignatureParameter is the one parameter that is not signed.
const SignatureParameter = "Signature"

// Method is how a request is signed, as the parameter SignatureMethod says.
type Method string

// The methods. A request that names none is signed with HmacSHA1.
const (
	HmacSHA1   Method = "HmacSHA1"
	HmacSHA256 Method = "HmacSHA256"
)

// Parameter is a parameter of the query or the form, decoded.
type Parameter struct {
	Name, Value string
}

// Request is what a signature covers.
type Request struct {
	HTTPMethod string
	Host       string // the Host header
	Path       string // of the request target, as it was sent; "" counts as "/"
	Parameters []Parameter
}

// Sign returns the value of Signature.
func Sign(r *Request, method Method, secretKey string) string {
	return signature(method, secretKey, r.stringToSign(r.Host, sorted(r.Parameters)))
}

// Verify checks the value of Signature in constant time, and returns
// ErrMismatch when it is another's. The Ruby SDK ends it with a line end.
func Verify(r *Request, method Method, secretKey, given string) error {
	given = strings.TrimRight(given, "\n ")
	for text := range r.readings() {
		if hmac.Equal([]byte(signature(method, secretKey, text)), []byte(given)) {
			return nil
		}
	}
	return ErrMismatch
}

func signature(method Method, secretKey, text string) string {
	newHash := func() hash.Hash { return sha1.New() }
	if method == HmacSHA256 {
		newHash = sha256.New
	}
	m := hmac.New(newHash, []byte(secretKey))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// readings goes through the strings that official clients sign for the same
// request, most common first: with the default port that an HTTP library
// dropped from the Host header (Node.js, PHP), without the port, and with dots
// for underscores in the names (Python, Java, .NET).
func (r *Request) readings() iter.Seq[string] {
	hosts := []string{r.Host}
	if colon := strings.LastIndexByte(r.Host, ':'); colon < 0 || strings.IndexByte(r.Host[colon:], ']') >= 0 {
		hosts = append(hosts, r.Host+":80", r.Host+":443")
	} else {
		hosts = append(hosts, r.Host[:colon])
	}
	lists := [][]Parameter{sorted(r.Parameters)}
	dotted := slices.Clone(r.Parameters)
	for i := range dotted {
		dotted[i].Name = strings.ReplaceAll(dotted[i].Name, "_", ".")
	}
	if !slices.Equal(dotted, r.Parameters) {
		lists = append(lists, sorted(dotted))
	}
	return func(yield func(string) bool) {
		for _, list := range lists {
			for _, host := range hosts {
				if !yield(r.stringToSign(host, list)) {
					return
				}
			}
		}
	}
}

func sorted(parameters []Parameter) []Parameter {
	return slices.SortedStableFunc(slices.Values(parameters), func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
}

// stringToSign returns the method, the host, the path, a question mark and the
// parameters, values not encoded, with nothing between the first three.
func (r *Request) stringToSign(host string, sorted []Parameter) string {
	var text strings.Builder
	text.WriteString(r.HTTPMethod)
	text.WriteString(host)
	if r.Path == "" {
		text.WriteByte('/')
	}
	text.WriteString(r.Path)
	separator := byte('?')
	for _, p := range sorted {
		if p.Name == SignatureParameter {
			continue
		}
		text.WriteByte(separator)
		text.WriteString(p.Name)
		text.WriteByte('=')
		text.WriteString(p.Value)
		separator = '&'
	}
	return text.String()
}
