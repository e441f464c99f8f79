package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"csrd/csr"
)

// PurposeKey is the purpose under which audit keys are sealed; the id is keyID.
const PurposeKey csr.Purpose = "audit-key"

// keyID is the id under which the audit key of a chain is sealed: there is one.
const keyID = "1"

// MAC is an HMAC-SHA256.
type MAC [sha256.Size]byte

// String returns it in hexadecimal.
func (m MAC) String() string { return hex.EncodeToString(m[:]) }

// MarshalText returns it in hexadecimal.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads it from hexadecimal.
func (m *MAC) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(m) {
		return fmt.Errorf("a MAC has %d hexadecimal digits, not %d", hex.EncodedLen(len(m)), len(text))
	}
	_, err := hex.Decode(m[:], text)
	return err
}

// Equal reports in constant time whether both are the same.
func (m MAC) Equal(other MAC) bool { return hmac.Equal(m[:], other[:]) }

// Key is the audit key of a chain. It prints as "[redacted]".
type Key struct {
	owner  csr.Owner
	secret csr.Plain
	made   csr.Sealed // see Made
}

// Made is the key itself, sealed, where it was made for a chain that is still
// to begin: it is stored with the first entry. It is nil where it is stored.
func (k Key) Made() csr.Sealed { return k.made }

// keySize is how many bytes an audit key has.
const keySize = 32

// newKey makes an audit key.
func newKey(owner csr.Owner) Key {
	secret := make(csr.Plain, keySize)
	rand.Read(secret)
	return Key{owner: owner, secret: secret}
}

// Format writes "[redacted]" for every verb.
func (k Key) Format(f fmt.State, verb rune) { k.secret.Format(f, verb) }

// What is signed begins with what it is and in which form: nothing signed as
// one thing is another. The forms are those of stores that exist: a change of
// one is a new version beside the old one.
const (
	formEntry = "csrd audit entry 1"
	formHead  = "csrd audit head 1"
	formStub  = "csrd audit stub 1"
)

// Sign sets the MAC of an entry that follows one with the MAC before.
func (k Key) Sign(e *Entry, before MAC) { e.MAC = k.entry(e, before) }

func (k Key) entry(e *Entry, before MAC) MAC { return k.mac(canonical(e, before)) }

// canonical is an entry as it is signed: each text with its length before it,
// each number in eight bytes, so that no two entries have the same form.
func canonical(e *Entry, before MAC) []byte {
	b := text(nil, formEntry)
	b = append(b, before[:]...)
	b = number(b, int64(e.Owner))
	b = number(b, e.Seq)
	b = number(b, e.Time.UnixMicro())
	b = text(b, e.RequestID)
	b = text(b, string(e.Actor.Kind))
	b = text(b, e.Actor.User)
	b = text(b, e.Actor.SecretID)
	b = text(b, e.Actor.Address)
	b = text(b, e.Action)
	b = number(b, int64(len(e.Resources)))
	for _, r := range e.Resources {
		b = text(b, r)
	}
	read := int64(0)
	if e.KeyRead {
		read = 1
	}
	b = number(b, read)
	return text(b, e.Outcome)
}

// NewHead is the end of a chain whose last entry has that place and MAC.
func (k Key) NewHead(seq int64, mac MAC) Head { return Head{seq, mac, k.head(seq, mac)} }

// Sealed reports whether a head is what NewHead returned.
func (k Key) Sealed(h Head) bool { return h.Seal.Equal(k.head(h.Seq, h.MAC)) }

func (k Key) head(seq int64, mac MAC) MAC {
	b := text(nil, formHead)
	b = number(b, int64(k.owner))
	b = number(b, seq)
	return k.mac(append(b, mac[:]...))
}

// sign seals a stub.
func (k Key) sign(s Stub) Stub {
	s.Seal = k.stub(s)
	return s
}

func (k Key) stub(s Stub) MAC {
	b := text(nil, formStub)
	b = number(b, int64(k.owner))
	b = number(b, s.Seq)
	b = number(b, s.Time.UnixMicro())
	return k.mac(append(b, s.MAC[:]...))
}

func (k Key) mac(b []byte) (m MAC) {
	h := hmac.New(sha256.New, k.secret)
	_, _ = h.Write(b) // a hash does not fail
	h.Sum(m[:0])
	return m
}

func text(b []byte, s string) []byte { return append(number(b, int64(len(s))), s...) }

func number(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

var _ fmt.Formatter = Key{}
