package csr

import "context"

// Bounded runs f as one of the Generator's costly works: opening a key of
// someone else and encrypting it take turns with making keys. It fails with
// [ErrBusy] when it does not get its turn, and with what f fails with.
func (g *Generator) Bounded(ctx context.Context, f func() error) error {
	if _, err := g.turns.wait(ctx, nil); err != nil {
		return err
	}
	defer g.turns.leave()
	return f()
}
