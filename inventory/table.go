// Package inventory holds the actions of csrd's own product, csrd: what a team
// needs to begin an inventory with the CSRs and keys that it has, and what
// Tencent Cloud's API has no action for. They stand under a version of their
// own, so that nothing is taken under the versions of the cloud which the cloud
// would refuse. It maps between the wire and the package csr; it sees no HTTP.
package inventory

import "csrd/action"

// Product and Version are the key of the table.
const (
	Product = "csrd"
	Version = "2026-11-24"
)

// Table lists the actions, in the order in which readers meet them.
func Table() action.Table[*Service] {
	return action.Table[*Service]{
		Product: Product,
		Version: Version,
		Actions: []action.Action[*Service]{
			inspectCSR(),
			importCSR(),
			describeCSRRecord(),
		},
	}
}
