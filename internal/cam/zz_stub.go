package cam

import (
	"context"
	"time"

	"csrd/csr"
)

type Policy struct {
	Owner      csr.Owner
	Name       string
	Document   string
	CreateTime time.Time
	ChangeTime time.Time
}

type PolicyStore interface {
	PoliciesOf(ctx context.Context, owner csr.Owner, user string) ([]Policy, error)
}
