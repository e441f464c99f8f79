package tc3

import (
	"context"
	"crypto/hmac"
	"strconv"
	"time"
)

// Key is the secret behind a SecretId, as a [Lookup] found it.
type Key struct {
	// Version changes whenever the secret behind the SecretId does; keys
	// derived under another version are not used again.
	Version int64
	// Secret returns the SecretKey. It is called only when no derived key is
	// at hand.
	Secret func() (string, error)
}

// Lookup finds the key of a SecretId. An error of it, "no such key" and "the
// store cannot be reached" alike, is returned by Verify as it is.
type Lookup func(ctx context.Context, secretID string) (Key, error)

// Verifier verifies signatures. It remembers derived keys, in bounded memory,
// of callers that have proved to own them. It is safe for concurrent use.
type Verifier struct {
	derived keyCache
}

// NewVerifier returns a Verifier that remembers nothing yet.
func NewVerifier() *Verifier { return &Verifier{} }

// Verify checks that r is signed by the owner of the SecretId it names, at a
// time within the [Window] around now. It checks in this order, and hashes the
// body last:
//
//  1. the Authorization header and the timestamp ([*SyntaxError]),
//  2. the time ([ErrExpired]) and that the scope's date is that day,
//  3. the SecretId (the error of lookup),
//  4. the signature ([ErrMismatch]).
//
// The returned Authorization is set whenever the header could be parsed.
func (v *Verifier) Verify(ctx context.Context, now time.Time, r *Request, lookup Lookup) (*Authorization, error) {
	a, err := ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	timestamp := r.Header.Get(keyTimestamp)
	at, err := ParseTimestamp(timestamp)
	if err != nil {
		return a, err
	}
	if Expired(now, at) {
		return a, ErrExpired
	}
	if day := make([]byte, 0, len(dateLayout)); string(at.UTC().AppendFormat(day, dateLayout)) != a.Date {
		return a, &SyntaxError{"`Date` in Credential", Reason{"not valid, it is not the UTC day of X-TC-Timestamp", "无效，与 X-TC-Timestamp 的 UTC 日期不一致"}}
	}

	key, err := lookup(ctx, a.SecretID)
	if err != nil {
		v.derived.forget(a.SecretID)
		return a, err
	}
	signer, cached := v.derived.get(a, key.Version)
	if !cached {
		secret, err := key.Secret()
		if err != nil {
			return a, err
		}
		signer = newSigner(DeriveKey(secret, a.Date, a.Service))
	}

	payload := r.payloadHash()
	for as := range r.readings() {
		want := signer.sign(r, a, timestamp, as, payload)
		if hmac.Equal(want[:], a.Signature[:]) {
			if !cached {
				v.derived.put(a, key.Version, signer)
			}
			return a, nil
		}
	}
	return a, ErrMismatch
}

// Decision: a date in the credential scope that is not the UTC day of the timestamp is AuthFailure.InvalidAuthorization.

// Expired reports whether a timestamp lies outside the [Window] around now. It
// compares whole seconds, as timestamps have no more.
func Expired(now, timestamp time.Time) bool {
	skew := now.Unix() - timestamp.Unix()
	const window = int64(Window / time.Second)
	return skew > window || skew < -window
}

// ParseTimestamp parses the text of X-TC-Timestamp: decimal seconds since the
// Unix epoch. The error is a [*SyntaxError].
func ParseTimestamp(text string) (time.Time, error) {
	seconds, err := strconv.ParseUint(text, 10, 40)
	if err != nil {
		return time.Time{}, &SyntaxError{HeaderTimestamp, Reason{"not valid, want decimal seconds since 1970", "无效，须为自 1970 年起的十进制秒数"}}
	}
	return time.Unix(int64(seconds), 0), nil
}
