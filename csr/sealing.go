package csr

import (
	"context"
	"strconv"
)

// Seal seals a secret for the row of the CSR. An empty one seals to nothing.
func (c *CSR) Seal(ctx context.Context, sealer Sealer, purpose Purpose, secret Plain) (Sealed, error) {
	if len(secret) == 0 {
		return nil, nil
	}
	return sealer.Seal(ctx, purpose, c.Owner, strconv.FormatInt(c.ID, 10), secret)
}

// SealPassword seals the password of the key, KeyPassword.
func (c *CSR) SealPassword(ctx context.Context, sealer Sealer, password Secret) (err error) {
	plain := Plain(password)
	defer clear(plain)
	c.KeyPassword, err = c.Seal(ctx, sealer, PurposeKeyPassword, plain)
	return err
}

// Open is the reverse of Seal. The caller overwrites what it returns.
func (c *CSR) Open(ctx context.Context, sealer Sealer, purpose Purpose, sealed Sealed) (Plain, error) {
	if sealed == nil {
		return nil, nil
	}
	return sealer.Open(ctx, purpose, c.Owner, strconv.FormatInt(c.ID, 10), sealed)
}
