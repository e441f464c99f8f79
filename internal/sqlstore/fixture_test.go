package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"
	"csrd/internal/storetest"
)

// The one account of these tests.
const (
	owner    csr.Owner = 100000000001
	secretID           = "AKIDexample"
)

var start = time.Date(2026, 11, 23, 9, 48, 47, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// addAccount adds the account with its access key and a data key.
func addAccount(t testing.TB, s *sqlstore.Store) {
	t.Helper()
	must(t, s.CreateAccount(recorded(t, s), cam.Account{Owner: owner, Enabled: true, CreateTime: start},
		cam.AccessKey{SecretID: secretID, Owner: owner, SecretKey: csr.Sealed("sealed key"), Version: 1, Enabled: true, CreateTime: start}))
	must(t, s.AddDataKey(t.Context(), seal.DataKey{Owner: owner, ID: seal.KeyID{1}, Wrapped: wrapped("it")}))
}

// wrapped is the sealed form of a data key: the format and the master key's id
// stand before it.
func wrapped(text string) []byte { return []byte("\x01the kek." + text) }

// newCSR returns a generated CSR with an id of its own.
func newCSR(t testing.TB, s *sqlstore.Store) *csr.CSR {
	t.Helper()
	id, err := s.NewID(t.Context())
	must(t, err)
	return &csr.CSR{
		Record: csr.Record{ID: id, Owner: owner, CreateTime: start, Status: csr.Generated, Details: csr.Details{
			Domain: "www.example.com", Organization: "Example", Department: "IT", Email: "pki@example.com",
			Province: "Hunan", City: "Changsha", Country: "CN", EncryptAlgo: "RSA", KeyParameter: "2048",
		}},
		PEM: "-----BEGIN CERTIFICATE REQUEST-----", PrivateKey: csr.Sealed("sealed private key"), KeyPassword: csr.Sealed("sealed password"),
	}
}

func addCSR(t testing.TB, s *sqlstore.Store) *csr.CSR {
	t.Helper()
	c := newCSR(t, s)
	must(t, s.Create(recorded(t, s), c))
	return c
}

// filters are the four forms of a list's filter.
var filters = map[string]csr.Filter{
	"no filter":         {},
	"domain":            {Domain: "www.example.com"},
	"algorithm":         {EncryptAlgo: "RSA"},
	"domain, algorithm": {Domain: "www.example.com", EncryptAlgo: "RSA"},
}

// wantTotal fails unless the account has so many CSRs.
func wantTotal(t testing.TB, s *sqlstore.Store, want int64) {
	t.Helper()
	list, err := s.List(t.Context(), owner, csr.Filter{}, csr.Page{Limit: 100})
	must(t, err)
	if list.Total != want || int64(len(list.Records)) != want {
		t.Errorf("the list has %d of %d CSRs, want %d", len(list.Records), list.Total, want)
	}
}

// recorded is a context in which the store makes changes.
func recorded(t testing.TB, s *sqlstore.Store) context.Context {
	return storetest.Record(t.Context(), s)
}

// beginChain begins the record of an account, as its first change does before
// it is made.
func beginChain(t testing.TB, s *sqlstore.Store, owner csr.Owner) {
	t.Helper()
	_, err := audit.NewKeys(s, storetest.Sealer{}).Key(t.Context(), owner)
	must(t, err)
}
