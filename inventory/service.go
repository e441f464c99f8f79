package inventory

import (
	"csrd/action"
	"csrd/csr"
)

// Service is what the actions work on.
type Service struct {
	Store     csr.Store
	Sealer    csr.Sealer
	Generator *csr.Generator
}

func owner(call *action.Call) csr.Owner { return csr.Owner(call.Caller.Uin) }
