package csr

import "crypto"

// MaxWaiting is how many wait for each slot.
const MaxWaiting = maxWaiting

// Slots is how much costly work the generator does at once.
func (g *Generator) Slots() int { return cap(g.turns.slots) }

// Occupy takes n slots of the generator. Each call of release gives one back.
func (g *Generator) Occupy(n int) (release func()) {
	for range n {
		g.turns.slots <- struct{}{}
	}
	return g.turns.leave
}

// MakeKeysWith has a function make the generator's keys; it is told the name
// of the algorithm.
func (g *Generator) MakeKeysWith(newKey func(algorithm string) (crypto.Signer, error)) {
	for _, s := range g.supplies {
		s.newKey = func() (crypto.Signer, error) { return newKey(s.name()) }
	}
}

// MarshalPrivateKeyCheaply is MarshalPrivateKey with few rounds, for what does
// not depend on their number.
func MarshalPrivateKeyCheaply(key crypto.Signer, password Secret) (Plain, error) {
	return marshalPrivateKey(key, password, 2)
}
