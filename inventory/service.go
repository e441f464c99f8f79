package inventory

import (
	"time"

	"csrd/action"
	"csrd/csr"
)

// Service is what the actions work on.
type Service struct {
	Store     csr.Store
	Sealer    csr.Sealer
	Generator *csr.Generator
	// Zone is the time zone of CreateTime; the API writes none with it.
	Zone *time.Location
}

func owner(call *action.Call) csr.Owner { return csr.Owner(call.Caller.Uin) }
