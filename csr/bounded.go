package csr

import (
	"context"
	"fmt"
)

// Bounded runs f as one of the Generator's works: making keys, opening those of
// others and encrypting them take turns. It fails with the context's error
// while it waits for its turn, and with what f fails with.
func (g *Generator) Bounded(ctx context.Context, f func() error) error {
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
		case <-ctx.Done():
			return fmt.Errorf("waiting to work on a key: %w", ctx.Err())
		}
	}
	return f()
}
