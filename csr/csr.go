// Package csr is the domain of csrd: certificate signing requests, their
// private keys, the rules they follow and the contract of the store that keeps
// them. It speaks no protocol and imports no other package of the project.
package csr

import (
	"strconv"
	"time"
)

// Owner is the account (Uin) that a CSR belongs to. Everything a store does
// for a caller, it does within one owner.
type Owner int64

// String returns the Uin in decimal.
func (o Owner) String() string { return strconv.FormatInt(int64(o), 10) }

// MaxID is the greatest id, 2^53-1: JavaScript clients read ids as doubles.
const MaxID = 1<<53 - 1

// Status says how far a CSR has come. The API publishes no meaning; in its
// samples a record with status 1 carries a CSR.
type Status int64

// Decision: Status 0 is a draft, 1 is generated.

// The two states of a CSR.
const (
	Draft     Status = 0 // saved, may be modified
	Generated Status = 1 // has its key and its CSR, never changes again
)

// Details is what the user says of a CSR, all but the password of its key.
// The record keeps it as it was sent.
type Details struct {
	Domain       string
	Organization string
	Department   string
	Email        string
	Province     string
	City         string
	Country      string

	EncryptAlgo  string // "RSA", "ECC"; see [KeyName]
	KeyParameter string // "2048", "prime256v1"

	Remark         string
	SubjectAltName []string
	Tags           []Tag
}

// Tag is a label of a CSR.
type Tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Record is a CSR without what only its own page shows. A listing reads
// records: their Details have no SubjectAltName and no Tags.
type Record struct {
	ID    int64
	Owner Owner
	Details
	Status     Status
	CreateTime time.Time // UTC, never decreases in the order of creation
}

// CSR is a record in full.
type CSR struct {
	Record
	PEM         string // the PKCS#10 request; "" for a draft
	PrivateKey  Sealed // the PEM of the PKCS#8 key; nil for a draft, and for an imported CSR without its key
	KeyPassword Sealed // nil when there is none
	// SPKI is the public key's [SPKIHash]; nil for a draft.
	SPKI []byte
	// Revision counts the changes of a draft; an update names the one it read.
	Revision int64
}

// Filter selects CSRs of a list. The zero Filter selects all.
type Filter struct {
	Domain      string // as [DomainKey] compares; "" for any
	EncryptAlgo string // exact; "" for any
}

// Page is a part of a list.
type Page struct {
	Offset, Limit int64 // neither negative
}

// Listing is a page of a list, as of one moment.
type Listing struct {
	Records []Record // never nil
	Total   int64    // how many CSRs match in all
	Version int64    // of the owner's CSRs, as [Store] counts it
}

// Deleted is a CSR that was deleted and can still be brought back.
type Deleted struct {
	Record
	DeleteTime time.Time // UTC
}
