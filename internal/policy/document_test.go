package policy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"csrd/internal/policy"
	"csrd/inventory"
	"csrd/ssl"
)

// page reads docs/policies.md and its examples, checked against the actions
// that csrd really has.
func page(t *testing.T) (text string, examples []policy.Named) {
	t.Helper()
	file, err := os.ReadFile("../../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	actions := []string{policy.ReadPrivateKey}
	for _, spec := range ssl.Table().Specs() {
		actions = append(actions, ssl.Table().Product+":"+spec.Name)
	}
	for _, spec := range inventory.Table().Specs() {
		actions = append(actions, inventory.Table().Product+":"+spec.Name)
	}
	text = string(file)
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(text, -1) {
		document, err := policy.Parse([]byte(m[1]), actions)
		if err != nil {
			t.Fatalf("example\n%s%v", m[1], err)
		}
		examples = append(examples, policy.Named{Name: "team", Document: document})
	}
	if len(examples) != 2 {
		t.Fatalf("%d examples, want 2", len(examples))
	}
	return text, examples
}

func TestPageNamesAllThatIsSupported(t *testing.T) {
	text, _ := page(t)
	names := append(policy.OperatorNames(), policy.KeyNames()...)
	for _, preset := range policy.Presets() {
		names = append(names, preset.Name)
	}
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/policies.md does not name %s", name)
		}
	}
}

func TestExamplesOfThePageDoWhatItSays(t *testing.T) {
	text, examples := page(t)
	inside, nextYear, office := from("10.20.1.2"), func(r *policy.Request) { r.Now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) }, from("192.0.2.7")
	for _, e := range []struct {
		example          int
		action, resource string
		change           []func(*policy.Request)
		allowed          bool
	}{
		{0, policy.ReadPrivateKey, "csr/1207", []func(*policy.Request){inside}, true},
		{0, "ssl:DescribeCSR", "csr/1207", []func(*policy.Request){from("2001:db8:20::1")}, true},
		{0, "ssl:DescribeCSR", "csr/1307", []func(*policy.Request){inside}, false},
		{0, "ssl:DescribeCSR", "csr/1207", nil, false},
		{0, "ssl:DescribeCSR", "csr/1207", []func(*policy.Request){inside, nextYear}, false},
		{0, "ssl:ModifyCSR", "csr/1207", []func(*policy.Request){inside}, false},
		{1, "ssl:CreateCSR", "*", nil, true},
		{1, "ssl:BatchDeleteCSR", "csr/1207", []func(*policy.Request){office}, false},
		{1, policy.ReadPrivateKey, "csr/1207", []func(*policy.Request){office}, true},
		{1, policy.ReadPrivateKey, "csr/1207", nil, false},
	} {
		r := request(e.action, e.resource)
		for _, change := range e.change {
			change(&r)
		}
		got := policy.Decide(examples[e.example:e.example+1], r)
		if got.Allowed != e.allowed {
			t.Errorf("example %d, want allowed %v: %s", e.example+1, e.allowed, got.Reason)
		}
		if e.action == "ssl:BatchDeleteCSR" && !strings.Contains(text, "\n"+got.Reason+"\n") {
			t.Errorf("the page does not have the explanation: %s", got.Reason)
		}
	}
}
