package console

import (
	"encoding/json"

	"csrd/action"
	"csrd/csr"
)

// MetadataPath is where the pages find what they know of the actions.
const MetadataPath = Home + "actions.json"

// Product is a table of actions as the pages read it.
type Product struct {
	Name, Version string
	Actions       []action.Spec
}

// Metadata is what the pages know of the API besides what it answers them:
// nothing in it is anybody's own.
type Metadata struct {
	Products []Product
	// Limits bound the texts of a CSR by the names of their parameters.
	Limits map[string]csr.Limit
	// Algorithms are the kinds of keys that this server makes; Known those that
	// any server makes, which an imported CSR may have.
	Algorithms, Known []csr.Kind
}

// NewMetadata puts together what the tables and the domain say.
func NewMetadata(products []Product, algorithms csr.Algorithms) Metadata {
	return Metadata{products, csr.Limits(), algorithms.Kinds(), csr.ExtendedAlgorithms.Kinds()}
}

// Document returns the metadata as the file that the pages read.
func (m Metadata) Document() (Document, error) {
	content, err := json.Marshal(m)
	return Document{MetadataPath, content}, err
}
