package seal_test

import (
	"encoding/hex"
	"testing"

	"csrd/internal/seal"
)

// Secrets of the first format, computed apart from this program, with
// AES-256-GCM of the standard library: a master key of 32 bytes of 1, a data
// key of 32 bytes of 2, nonces of 3 and of 4.
const (
	firstMasterKeyID = "cd22c830bfd0355b"
	firstDataKeyID   = "d0d1d2d3d4d5d6d7"
	firstWrapped     = "01" + firstMasterKeyID + "030303030303030303030303" +
		"fa631698fd86356baffee465ce1b26aaba31a34f85cdc0b0ae12bf44a848847150b91de6b29f8fd518bd79153d3b69e6"
	firstSealed = "01" + firstDataKeyID + "040404040404040404040404" +
		"7024b42e8d2ef328f82af78fd0636dce7ec1bce9f64ee80fcdf246822e2ab7c22b089e4f720ec5d777"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// firstStore holds the data key of firstSealed, which is alice's.
func firstStore(t testing.TB) *keyStore {
	t.Helper()
	return &keyStore{keys: []seal.DataKey{
		{Owner: alice, ID: seal.KeyID(unhex(t, firstDataKeyID)), Wrapped: unhex(t, firstWrapped)},
	}}
}

func TestSecretsOfTheFirstFormatStillOpen(t *testing.T) {
	s := newSealer(t, firstStore(t))
	wantOpen(t, s, purposeA, alice, "1", unhex(t, firstSealed), secret)
}

func TestMasterKeyKeepsTheIDThatStoresKnow(t *testing.T) {
	if got := masterKey(t, 1).ID().String(); got != firstMasterKeyID {
		t.Errorf("id %s, want %s", got, firstMasterKeyID)
	}
}

// Whatever a row holds, opening it does not panic and gives no secret: neither
// as a sealed secret nor as the data key of one. The seeds are whole secrets
// and data keys, of another id, so that nothing found is ever right.
func FuzzOpen(f *testing.F) {
	good := newSealer(f, firstStore(f))
	for _, seed := range [][]byte{
		mustSeal(f, good, purposeA, alice, "2", secret), mustSeal(f, good, purposeB, alice, "1", secret),
		unhex(f, firstWrapped), unhex(f, firstSealed)[:len(firstSealed)/2-1], unhex(f, firstSealed)[:9], {1}, {},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		wantSealed(t, good, "a sealed secret", purposeA, alice, "1", bytes)

		key := firstStore(t).keys[0]
		key.ID[0]++ // nothing is the data key of this id
		key.Wrapped = bytes
		store := &keyStore{}
		s := newSealer(t, store)
		store.keys = []seal.DataKey{key}
		if got, err := s.Open(t.Context(), purposeA, alice, "1", unhex(t, firstSealed)); err == nil {
			t.Errorf("with the data key %x it opens to %q", bytes, string(got))
		}
		if _, err := seal.New(t.Context(), seal.NewMasterKeys(masterKey(t, 1)), store); err == nil {
			t.Errorf("the data key %x is taken", bytes)
		}
	})
}
