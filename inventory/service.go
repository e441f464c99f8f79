package inventory

import (
	"sync"

	"csrd/action"
	"csrd/csr"
)

// Service is what the actions work on.
type Service struct {
	Store     csr.Store
	Sealer    csr.Sealer
	Generator *csr.Generator

	// recording is held from looking whether a CSR is recorded to recording it,
	// so that the same CSR sent twice at once is recorded once. It is that of
	// one server.
	recording sync.Mutex
}

func owner(call *action.Call) csr.Owner { return csr.Owner(call.Caller.Uin) }
