package main

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// The accounts of a seeded store: one with many CSRs, and small ones.
const (
	bigUin      = 100000000001
	firstSmall  = 200000000001
	smallRows   = 100    // CSRs of each small account
	mostSmall   = 10_000 // small accounts, where the store is large enough
	secretKey   = "benchmark-secret-of-no-value"
	baseTime    = 1_700_000_000_000_000 // microseconds: when the first CSR was created
	bigDomain   = "big.example.com"
	smallDomain = 5000 // how many other domains there are
)

// smallAccounts is how many small accounts stand beside a big one of so many
// CSRs.
func smallAccounts(size int64) int64 { return min(size/100, mostSmall) }

func secretID(uin int64) string { return "AKIDbench" + strconv.FormatInt(uin, 10) }

// csrRow is a CSR as it is seeded: what the account and its creation number
// make of it, and nothing else.
type csrRow struct {
	domain, algo, parameter, remark string
	draft                           bool
}

// mix is a number that looks random, of an account and a creation number: the
// finalizer of SplitMix64.
func mix(uin, seq int64) uint64 {
	z := uint64(uin)*0x9e3779b97f4a7c15 + uint64(seq)*0xd1b54a32d192ed03
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// rowOf is the CSR of a creation number: a third in one domain, the others in
// 5,000; three in five RSA, the others ECC; one in ten a draft.
func rowOf(uin, seq int64) csrRow {
	z := mix(uin, seq)
	r := csrRow{domain: bigDomain, algo: "ECC", parameter: "prime256v1"}
	if z%3 != 0 {
		r.domain = "d" + strconv.FormatUint(z>>8%smallDomain, 10) + ".example.com"
	}
	if z>>24%5 < 3 {
		r.algo, r.parameter = "RSA", "2048"
	}
	if z>>32%10 == 0 {
		r.draft = true
	}
	if z>>40%4 == 0 {
		r.remark = "ordered with the batch of " + strconv.FormatUint(z>>48%31+1, 10) + " March"
	}
	return r
}

// spki stands for the hash of the row's key.
func spki(uin, seq int64) []byte {
	hash := make([]byte, 0, 32)
	for i := range int64(4) {
		hash = binary.BigEndian.AppendUint64(hash, mix(uin+i+1, -seq))
	}
	return hash
}

// idOf is the id of a CSR: ids grow with the creation numbers, as csrd gives
// them, and no two accounts have the same.
func idOf(uin, seq, size int64) int64 {
	if uin == bigUin {
		return seq
	}
	return size + (uin-firstSmall)*smallRows + seq
}

// filter is that of a list; an empty text stands for any.
type filter struct{ domain, algo string }

var filters = []filter{{}, {domain: bigDomain}, {algo: "RSA"}, {bigDomain, "ECC"}}

func (f filter) String() string {
	switch {
	case f.domain != "" && f.algo != "":
		return "both"
	case f.domain != "":
		return "Domain"
	case f.algo != "":
		return "EncryptAlgo"
	}
	return "none"
}

func (f filter) has(r csrRow) bool {
	return (f.domain == "" || f.domain == r.domain) && (f.algo == "" || f.algo == r.algo)
}

// found are the creation numbers of an account that a filter finds, the newest
// first: what the server must answer, worked out without it.
type found struct {
	uin, size int64
	all       int64    // without a filter: so many, and no list is kept
	seqs      []uint32 // with one
}

func find(uin, rows, size int64, f filter) *found {
	out := &found{uin: uin, size: size, all: rows}
	if f == (filter{}) {
		return out
	}
	out.seqs = []uint32{}
	for seq := rows; seq > 0; seq-- {
		if f.has(rowOf(uin, seq)) {
			out.seqs = append(out.seqs, uint32(seq))
		}
	}
	return out
}

func (f *found) total() int64 {
	if f.seqs == nil {
		return f.all
	}
	return int64(len(f.seqs))
}

// id is that of the CSR behind so many others.
func (f *found) id(offset int64) int64 {
	seq := f.all - offset
	if f.seqs != nil {
		seq = int64(f.seqs[offset])
	}
	return idOf(f.uin, seq, f.size)
}

// page is what begins the answer of a page that is not past the end.
func (f *found) page(offset int64) []byte {
	return fmt.Appendf(nil, `{"Response":{"Total":%d,"Set":[{"Id":%d,`, f.total(), f.id(offset))
}
