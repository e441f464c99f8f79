package browsertest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOpenAPIDocumentIsServedValidAndTrue(t *testing.T) {
	s := serve(t)
	served := s.get(t, "/openapi.json")
	committed, err := os.ReadFile(filepath.Join("..", "docs", "openapi.json"))
	must(t, err)
	if !bytes.Equal(served, committed) {
		t.Error("what is served is not docs/openapi.json")
	}

	type body struct {
		Schema string `json:"schema"`
		Body   any    `json:"body"`
	}
	bodies := []body{{"Failure", map[string]any{"Error": map[string]any{"Code": "InternalError", "Message": ""}, "RequestId": ""}}}
	for _, spec := range specs() {
		parameters := s.parametersFor(t, spec)
		var response json.RawMessage
		s.call(t, spec.Name, parameters, &response)
		bodies = append(bodies, body{spec.Name + "Request", parameters}, body{spec.Name + "Response", map[string]any{"Response": response}},
			body{spec.Name + "Request", json.RawMessage(spec.Example.Parameters)}, body{spec.Name + "Response", map[string]any{"Response": json.RawMessage(spec.Example.Response)}})
	}
	given, err := json.Marshal(map[string]any{"document": json.RawMessage(served), "bodies": bodies})
	must(t, err)
	dir := installNode(t)
	validate := exec.Command(need(t, "node"), "validate.mjs")
	validate.Dir = dir
	validate.Stdin = bytes.NewReader(given)
	if out, err := validate.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}

	// The validator is one that can say no.
	wrong, err := json.Marshal(map[string]any{"document": json.RawMessage(served), "bodies": []body{{"CreateCSRRequest", map[string]any{"Domain": 1}}}})
	must(t, err)
	refuse := exec.Command(need(t, "node"), "validate.mjs")
	refuse.Dir = dir
	refuse.Stdin = bytes.NewReader(wrong)
	if out, err := refuse.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("must be string")) {
		t.Errorf("a wrong body is taken: %v %s", err, out)
	}
}
