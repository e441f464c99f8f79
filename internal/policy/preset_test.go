package policy_test

import (
	"testing"

	"csrd/internal/policy"
)

func TestPresetsAllowWhatTheirNamesSayAndNoPrivateKeys(t *testing.T) {
	allowed := map[string][]string{
		"QcloudSSLFullAccess":     {"ssl:CreateCSR", "ssl:DescribeCSR", "ssl:DescribeCSRSet", "ssl:ModifyCSR", "ssl:BatchDeleteCSR"},
		"QcloudSSLReadOnlyAccess": {"ssl:DescribeCSR", "ssl:DescribeCSRSet"},
	}
	presets := policy.Presets()
	if len(presets) != len(allowed) {
		t.Errorf("%d presets, want %d", len(presets), len(allowed))
	}
	for _, preset := range presets {
		document, err := policy.Parse([]byte(preset.Text), known)
		if err != nil {
			t.Fatalf("%s: %v", preset.Name, err)
		}
		want := map[string]bool{}
		for _, action := range allowed[preset.Name] {
			want[action] = true
		}
		for _, action := range known {
			for _, resource := range []string{"*", "csr/*", "csr/7"} {
				got := policy.Decide([]policy.Named{{Name: preset.Name, Document: document}}, request(action, resource))
				if got.Allowed != want[action] {
					t.Errorf("%s on %s: %s", action, resource, got.Reason)
				}
			}
		}
	}
}
