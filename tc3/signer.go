package tc3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// signer computes signatures under one derived key. It is safe for concurrent
// use.
type signer struct {
	key  SigningKey
	free sync.Pool // of *signing
}

// signing is what a signature is computed in, to be used again.
type signing struct {
	mac  hash.Hash
	text []byte
}

func newSigner(key SigningKey) *signer {
	s := &signer{key: key}
	s.free.New = func() any { return &signing{hmac.New(sha256.New, s.key[:]), make([]byte, 0, 512)} }
	return s
}

// sign returns the signature of a request in a reading (API page "Signature
// v3", steps 1 to 3). timestamp is the text of X-TC-Timestamp.
func (s *signer) sign(r *Request, a *Authorization, timestamp string, as reading, payload payloadHash) (sum [32]byte) {
	in := s.free.Get().(*signing)
	defer s.free.Put(in)
	in.text = r.appendCanonical(in.text[:0], a.SignedHeaders, as, payload)
	hashed := sha256.Sum256(in.text)
	text := append(in.text[:0], Algorithm...)
	text = append(text, '\n')
	text = append(text, timestamp...)
	text = append(text, '\n')
	text = a.appendScope(text)
	text = append(text, '\n')
	in.text = hex.AppendEncode(text, hashed[:])
	in.mac.Reset()
	in.mac.Write(in.text)
	in.text = in.mac.Sum(in.text[:0])
	return [32]byte(in.text)
}
