package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"csrd/action"
	"csrd/inventory"
	"csrd/ssl"
)

// specs are all actions.
func specs() []action.Spec { return append(ssl.Table().Specs(), inventory.Table().Specs()...) }

// parametersFor are the parameters of an action's example, on a draft of the
// site's where it is on CSRs.
func (s *site) parametersFor(t *testing.T, spec action.Spec) map[string]any {
	t.Helper()
	var parameters map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(spec.Example.Parameters)))
	decoder.UseNumber()
	must(t, decoder.Decode(&parameters))
	for name := range parameters {
		switch name {
		case "CSRId":
			parameters[name] = s.draft(t)
		case "CSRIds":
			parameters[name] = []int64{s.draft(t), s.draft(t)}
		}
	}
	return parameters
}

// draft creates the draft of a CSR and returns its id.
func (s *site) draft(t *testing.T) int64 {
	t.Helper()
	var created struct{ Id int64 }
	s.call(t, "CreateCSR", map[string]any{
		"Domain": "www.example.com", "Organization": "Example", "Department": "IT", "Email": "pki@example.com",
		"Province": "Hunan", "City": "Changsha", "Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": false,
	}, &created)
	return created.Id
}

// link is the address of an action in the Explorer with the parameters that
// may stand in one, and the others.
func link(t *testing.T, spec action.Spec, parameters map[string]any) (address string, secret map[string]string) {
	t.Helper()
	query, secret := url.Values{}, map[string]string{}
	for _, p := range spec.Params {
		value, given := parameters[p.Name]
		switch text, isText := value.(string); {
		case !given:
		case p.Secret:
			secret[p.Name] = text
		case isText:
			query.Set(p.Name, text)
		default:
			raw, err := json.Marshal(value)
			must(t, err)
			query.Set(p.Name, string(raw))
		}
	}
	return "/explorer/#" + spec.Name + "?" + query.Encode(), secret
}

// explore opens an action in the Explorer with its form filled.
func explore(t *testing.T, s *site, spec action.Spec, parameters map[string]any) *page {
	t.Helper()
	address, secret := link(t, spec, parameters)
	p := open(t, s, address)
	p.waitText("#action-title", spec.Name)
	for name, value := range secret {
		p.fill("#field-"+name, value)
	}
	return p
}

// value is what a text area or a block shows, unchanged.
func (p *page) value(selector string) string {
	p.t.Helper()
	p.waitFor(selector)
	return eval[string](p, `document.querySelector(`+quote(selector)+`).textContent`)
}

// get is the body of a page of the site.
func (s *site) get(t *testing.T, path string) []byte {
	t.Helper()
	answer, err := http.Get(s.url + path)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, answer.Status)
	}
	return body
}

// sameJSON fails the test where two texts are not the same JSON.
func sameJSON(t *testing.T, what, got string, want any) {
	t.Helper()
	var left any
	if err := json.Unmarshal([]byte(got), &left); err != nil {
		t.Fatalf("%s: %v in %q", what, err, got)
	}
	a, err := json.Marshal(left)
	must(t, err)
	b, err := json.Marshal(want)
	must(t, err)
	var right any
	must(t, json.Unmarshal(b, &right))
	if b, err = json.Marshal(right); err != nil || !bytes.Equal(a, b) {
		t.Errorf("%s: is %s, want %s", what, a, b)
	}
}
