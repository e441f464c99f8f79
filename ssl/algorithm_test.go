package ssl_test

import (
	"strings"
	"testing"

	"csrd/csr"
	"csrd/ssl"
)

// The documentation of a parameter is a text in a tag: it must name what the
// domain has.
func TestEveryAlgorithmIsDocumented(t *testing.T) {
	docs := map[string]string{}
	for _, spec := range ssl.Table().Specs() {
		if spec.Name == "CreateCSR" {
			for _, p := range spec.Params {
				docs[p.Name] = p.Doc
			}
		}
	}
	for _, name := range csr.ExtendedAlgorithms.Names() {
		encryptAlgo, keyParameter, _ := strings.Cut(name, " ")
		if !strings.Contains(docs["EncryptAlgo"], encryptAlgo) || !strings.Contains(docs["KeyParameter"], keyParameter) {
			t.Errorf("%s is not in the documentation of EncryptAlgo and KeyParameter of CreateCSR", name)
		}
	}
}
