// Package tc3 signs and verifies requests with TC3-HMAC-SHA256, the signature
// of Tencent Cloud's API 3.0 (API page "Signature v3").
//
// The package is pure: it reads no clock, no network and no store, so that a
// server, a command line and a test all use the same code. It follows what the
// official SDKs really send where that differs from the page; each such place
// names the client.
//
// A client signs with [Sign]; a server verifies with a [Verifier]:
//
//	verifier := tc3.NewVerifier()
//	authorization, err := verifier.Verify(ctx, time.Now(), request, findKey)
package tc3

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"time"
)

// Algorithm is the first word of the Authorization header and of the string
// to sign.
const Algorithm = "TC3-HMAC-SHA256"

// Window is how far the X-TC-Timestamp of a request may lie from the
// verifier's clock, either way (code AuthFailure.SignatureExpire).
const Window = 5 * time.Minute

// Headers that the signature reads besides the signed ones.
const (
	HeaderTimestamp     = "X-TC-Timestamp"
	HeaderContentSHA256 = "X-TC-Content-SHA256"
)

// The same as [http.Header] has them: looked up under the names above they
// would be put into this form at each request.
const (
	keyTimestamp     = "X-Tc-Timestamp"
	keyContentSHA256 = "X-Tc-Content-Sha256"
)

// UnsignedPayload is the value of [HeaderContentSHA256] with which a client
// says that it signed this text in place of the body's hash.
const UnsignedPayload = "UNSIGNED-PAYLOAD"

// terminator closes the credential scope.
const terminator = "tc3_request"

// dateLayout is the form of the date in the credential scope, in UTC.
const dateLayout = "2006-01-02"

var (
	// ErrExpired says that the timestamp lies outside the [Window].
	ErrExpired = errors.New("tc3: timestamp is outside the window")

	// ErrMismatch says that the signature is not that of the request under
	// the caller's key.
	ErrMismatch = errors.New("tc3: signature does not match")
)

// A SyntaxError names the part of the Authorization header, or the header
// beside it, that is malformed.
type SyntaxError struct {
	Part   string // for example "Credential", "Signature", "X-TC-Timestamp"
	Reason Reason
}

// Reason says what is wrong with a part, to be read behind its name, in the
// two languages of the API.
type Reason struct {
	En, Zh string
}

// Error returns the English text.
func (e *SyntaxError) Error() string { return "tc3: " + e.Part + " " + e.Reason.En }

// SigningKey is the key derived from a SecretKey for one day and one service.
type SigningKey [sha256.Size]byte

// DeriveKey derives the signing key for a date (YYYY-MM-DD, UTC) and service.
func DeriveKey(secretKey, date, service string) SigningKey {
	day := hmacSHA256([]byte("TC3"+secretKey), date)
	scoped := hmacSHA256(day[:], service)
	return hmacSHA256(scoped[:], terminator)
}

func hmacSHA256(key []byte, text string) (sum SigningKey) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	mac.Sum(sum[:0])
	return sum
}
