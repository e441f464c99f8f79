package policy_test

import (
	"fmt"
	"testing"

	"csrd/internal/policy"
)

// What a decision costs, by the number of statements that do not apply before
// the one that does.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{0, 10, 100} {
		b.Run(fmt.Sprintf("after %d statements", n), func(b *testing.B) {
			var policies []policy.Named
			for i := range n + 1 {
				statement := fmt.Sprintf(`{"effect": "allow", "action": ["ssl:CreateCSR", "ssl:ModifyCSR"], "resource": "qcs::ssl:::csr/%d", "condition": {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}}`, i)
				if i == n {
					statement = allowDescribe
				}
				document, err := policy.Parse([]byte(`{"version": "2.0", "statement": `+statement+`}`), known)
				if err != nil {
					b.Fatal(err)
				}
				policies = append(policies, policy.Named{Name: "p", Document: document})
			}
			r := request("ssl:DescribeCSRSet", "csr/*")
			b.ReportAllocs()
			for b.Loop() {
				if d := policy.Decide(policies, r); !d.Allowed {
					b.Fatal(d.Reason)
				}
			}
		})
	}
}
