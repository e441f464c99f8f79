package tc3

import (
	"net/http"
	"strconv"
	"time"
)

// Credential is a SecretId with its SecretKey.
type Credential struct {
	SecretID  string
	SecretKey string
}

// String hides the SecretKey, so that a credential may be printed by mistake.
func (c Credential) String() string { return c.SecretID + ":[redacted]" }

// GoString is String for the %#v verb.
func (c Credential) GoString() string { return c.String() }

// Sign signs r for a service at a time and sets X-TC-Timestamp and
// Authorization. Besides content-type and host it signs the headers named in
// extra (lower-case, for example "x-tc-action"), which makes a captured
// request useless for any other action.
func Sign(r *Request, c Credential, service string, at time.Time, extra ...string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(HeaderTimestamp, timestamp)
	a := &Authorization{
		SecretID:      c.SecretID,
		Date:          at.UTC().Format(dateLayout),
		Service:       service,
		SignedHeaders: append([]string{"content-type", "host"}, extra...),
	}
	signer := newSigner(DeriveKey(c.SecretKey, a.Date, a.Service))
	a.Signature = signer.sign(r, a, timestamp, reading{path: "/", host: r.Host}, r.payloadHash())
	r.Header.Set("Authorization", a.String())
}
