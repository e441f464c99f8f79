// Package ssl holds the actions of the product ssl, API version 2019-12-05:
// one file for each, and a transcript of requests and responses for each under
// testdata. It maps between the wire and the package csr; it sees no HTTP.
package ssl

import "csrd/action"

// Product and Version are the key of the table: a request names the version,
// and the version names the product.
const (
	Product = "ssl"
	Version = "2019-12-05"
)

// Table lists the actions, in the order in which readers meet them.
func Table() action.Table[*Service] {
	return action.Table[*Service]{
		Product: Product,
		Version: Version,
		Actions: []action.Action[*Service]{
			describeCSRSet(),
			createCSR(),
			describeCSR(),
			modifyCSR(),
			batchDeleteCSR(),
		},
	}
}
