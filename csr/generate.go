package csr

import (
	"context"
	"fmt"
)

// Generator makes private keys and certificate signing requests. How many it
// makes at once is bounded; see [NewGenerator].
type Generator struct {
	// SubjectOU puts Department into the subject as OU. Public CAs refuse OU
	// (CA/Browser Forum ballot SC47v2).
	SubjectOU bool
	// SubjectEmail puts Email into the subject as emailAddress.
	SubjectEmail bool

	algorithms Algorithms
	supplies   []*supply // one for each of the algorithms
	turns      turns
}

// NewGenerator returns a Generator for a set of algorithms. What costs much, to
// make an RSA key or to derive a key from a password, it does on all
// processors but one, where there is more than one: the other is left to
// answer requests. [Generator.MakeAhead] keeps so many keys of each costly kind
// ready; 0 for none.
func NewGenerator(algorithms Algorithms, ahead int) *Generator {
	g := &Generator{algorithms: algorithms, turns: newTurns()}
	for _, algo := range algorithms.list() {
		g.supplies = append(g.supplies, newSupply(algo, ahead))
	}
	return g
}

// Generate checks details in full, makes a key and the CSR it signs, and
// returns both as PEM: the CSR as PKCS#10 (RFC 2986), the key as PKCS#8,
// encrypted when there is a password. The caller overwrites the key when it
// was used. It fails with an [*InvalidError] on what a CSR cannot hold, and
// with [ErrBusy] when it does not get its turn.
func (g *Generator) Generate(ctx context.Context, d *Details, password Secret) (request string, key Plain, err error) {
	if err := g.Check(d, Generated, password); err != nil {
		return "", nil, err
	}
	template, err := g.template(d)
	if err != nil {
		return "", nil, err
	}
	supply := g.supply(d.EncryptAlgo, d.KeyParameter)
	signer, done, err := g.key(ctx, supply, password != "")
	if err != nil {
		return "", nil, err
	}
	defer done()
	der, err := supply.sign(template, signer)
	if err != nil {
		return "", nil, fmt.Errorf("sign the CSR: %w", err)
	}
	key, err = MarshalPrivateKey(signer, password)
	if err != nil {
		return "", nil, err
	}
	return string(encodePEM("CERTIFICATE REQUEST", der)), key, nil
}

// supply returns that of a kind of key in the Generator's set.
func (g *Generator) supply(encryptAlgo, keyParameter string) *supply {
	for _, s := range g.supplies {
		if s.encryptAlgo == encryptAlgo && s.keyParameter == keyParameter {
			return s
		}
	}
	return nil
}
