package main

import (
	"math/rand/v2"
	"slices"
)

// pool draws from requests that were signed beforehand.
type pool struct {
	requests []request
	random   *rand.Rand
	at       int
}

func newPool(requests []request) *pool {
	return &pool{requests: requests, random: rand.New(rand.NewPCG(1, 2))}
}

// any draws one, with equal chances.
func (p *pool) any() request { return p.requests[p.random.IntN(len(p.requests))] }

// inTurn is the next one, from the first on again after the last.
func (p *pool) inTurn() request {
	r := p.requests[p.at]
	p.at = (p.at + 1) % len(p.requests)
	return r
}

// offsets are random ones of whole pages of ten in the list, the same every
// time.
func offsets(n int, total int64) []int64 {
	random := rand.New(rand.NewPCG(3, 4))
	out := make([]int64, n)
	for i := range out {
		out[i] = random.Int64N(total - pageSize + 1)
	}
	return out
}

// pageSize is how many CSRs the measured pages have.
const pageSize = 10

// middle is the one whose length is the middle.
func middle(bodies [][]byte) []byte {
	sorted := slices.SortedFunc(slices.Values(bodies), func(a, b []byte) int { return len(a) - len(b) })
	return sorted[len(sorted)/2]
}

func bytesText(n int) string { return number(float64(n)/1024) + " KiB" }
