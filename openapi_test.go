package csrd_test

import (
	"os"
	"testing"

	"csrd/action"
	"csrd/inventory"
	"csrd/ssl"
)

const openAPI = "docs/openapi.json"

// The document is served as it is committed; browsertest has it validated.
func TestOpenAPIDocumentIsWhatTheTablesSay(t *testing.T) {
	text, err := action.OpenAPI(
		action.Documented{Product: ssl.Product, Version: ssl.Version, Specs: ssl.Table().Specs()},
		action.Documented{Product: inventory.Product, Version: inventory.Version, Specs: inventory.Table().Specs()})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPI, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(openAPI)
	if err != nil || string(have) != string(text) {
		t.Errorf("%s is not what the tables say (%v): run `go test . -update` and read what changed", openAPI, err)
	}
}
