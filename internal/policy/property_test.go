package policy_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/internal/policy"

	"pgregory.net/rapid"
)

// oneOf draws one of some texts.
func oneOf(t *rapid.T, label string, texts ...string) string {
	return rapid.SampledFrom(texts).Draw(t, label)
}

// drawStatement draws a statement that is often about what drawRequest draws.
func drawStatement(t *rapid.T, effect string) map[string]any {
	list := func(label string, texts ...string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(texts), 1, 3).Draw(t, label)
	}
	s := map[string]any{
		"effect":   effect,
		"action":   list("action", "*", "ssl:*", "ssl:Describe*", "name/ssl:*CSR", "ssl:ModifyCSR", "csrd:*"),
		"resource": list("resource", "*", "qcs::ssl:::*", "qcs::ssl:::csr/*", "qcs::ssl:::csr/1*", "qcs::ssl::uin/100000000001:csr/12", "qcs::csrd:::*"),
	}
	if rapid.Bool().Draw(t, "conditional") {
		suffix := oneOf(t, "suffix", "", "_if_exist")
		s["condition"] = rapid.SampledFrom([]map[string]any{
			{"ip_equal" + suffix: map[string]any{"qcs:ip": list("ranges", "10.0.0.0/8", "2001:db8::/32")}},
			{"ip_not_equal" + suffix: map[string]any{"qcs:ip": list("ranges", "10.0.0.0/8", "192.0.2.1")}},
			{"date_less_than" + suffix: map[string]any{"qcs:current_time": "2026-11-24T12:00:00Z"}},
			{"string_like" + suffix: map[string]any{"csrd:user": list("users", "deploy-*", "build")},
				"string_not_equal": map[string]any{"csrd:secret_id": "AKIDexample"}},
		}).Draw(t, "condition")
	}
	return s
}

func anyStatement(t *rapid.T) map[string]any {
	return drawStatement(t, oneOf(t, "effect", "allow", "deny"))
}

// drawPolicies draws the statements of some policies.
func drawPolicies(t *rapid.T) [][]map[string]any {
	statements := rapid.SliceOfN(rapid.Custom(anyStatement), 1, 4)
	return rapid.SliceOfN(statements, 0, 3).Draw(t, "policies")
}

func drawRequest(t *rapid.T) policy.Request {
	r := request(
		oneOf(t, "action", known...),
		oneOf(t, "resource", "*", "csr/*", "csr/1", "csr/12", "csr/2", "qcs::ssl::uin/100000000002:csr/12", "12"),
	)
	r.Address = rapid.SampledFrom([]netip.Addr{{}, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}).Draw(t, "address")
	r.Now = r.Now.Add(rapid.SampledFrom([]time.Duration{-time.Hour, 0, time.Hour}).Draw(t, "time"))
	r.Values = rapid.SampledFrom([]map[string]string{nil, {policy.KeyUser: "deploy-1"}, {policy.KeyUser: "build", policy.KeySecretID: "AKIDexample"}}).Draw(t, "values")
	return r
}

// decide decides by policies of these statements.
func decide(t *rapid.T, r policy.Request, policies [][]map[string]any) policy.Decision {
	var named []policy.Named
	for i, statements := range policies {
		text, err := json.Marshal(map[string]any{"version": "2.0", "statement": statements})
		if err != nil {
			t.Fatal(err)
		}
		document, err := policy.Parse(text, known)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		named = append(named, policy.Named{Name: fmt.Sprintf("p%d", i), Document: document})
	}
	return policy.Decide(named, r)
}

// more puts a statement somewhere into the policies, or into one of its own.
func more(t *rapid.T, policies [][]map[string]any, statement map[string]any) [][]map[string]any {
	policies = slices.Clone(policies)
	i := rapid.IntRange(0, len(policies)).Draw(t, "policy")
	if i == len(policies) || rapid.Bool().Draw(t, "own") {
		return slices.Insert(policies, i, []map[string]any{statement})
	}
	j := rapid.IntRange(0, len(policies[i])).Draw(t, "place")
	policies[i] = slices.Insert(slices.Clone(policies[i]), j, statement)
	return policies
}

func TestAddingADenyNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policies, r := drawPolicies(t), drawRequest(t)
		before := decide(t, r, policies)
		after := decide(t, r, more(t, policies, drawStatement(t, "deny")))
		if after.Allowed && !before.Allowed {
			t.Fatalf("before: %s\nafter: %s", before.Reason, after.Reason)
		}
	})
}

func TestAddingAnAllowNeverRefusesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policies, r := drawPolicies(t), drawRequest(t)
		before := decide(t, r, policies)
		after := decide(t, r, more(t, policies, drawStatement(t, "allow")))
		if before.Allowed && !after.Allowed {
			t.Fatalf("before: %s\nafter: %s", before.Reason, after.Reason)
		}
	})
}

// A request is allowed if and only if some statement alone allows it, and no
// statement refuses it where everything else is allowed.
func TestPoliciesDecideAsTheirStatementsTogetherWhateverTheOrder(t *testing.T) {
	everything := map[string]any{"effect": "allow", "action": "*", "resource": "*"}
	rapid.Check(t, func(t *rapid.T) {
		policies, r := drawPolicies(t), drawRequest(t)
		allowed, denied := false, false
		for _, statements := range policies {
			for _, s := range statements {
				allowed = allowed || decide(t, r, [][]map[string]any{{s}}).Allowed
				denied = denied || !decide(t, r, [][]map[string]any{{everything, s}}).Allowed
			}
		}
		got := decide(t, r, policies)
		if got.Allowed != (allowed && !denied) {
			t.Fatalf("some statement allows: %v, some refuses: %v, but: %s", allowed, denied, got.Reason)
		}
		slices.Reverse(policies)
		for _, statements := range policies {
			slices.Reverse(statements)
		}
		if turned := decide(t, r, policies); turned.Allowed != got.Allowed {
			t.Fatalf("in one order: %s\nin the other: %s", got.Reason, turned.Reason)
		}
	})
}

func TestWildcardsMatchAsARegularExpressionDoes(t *testing.T) {
	text := func(letters string) *rapid.Generator[string] {
		return rapid.StringOfN(rapid.RuneFrom([]rune(letters)), 0, 12, -1)
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern, name := text("ab:*").Draw(t, "pattern"), text("ab:*").Draw(t, "name")
		expression := regexp.MustCompile(`\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `\z`)
		if got, want := policy.Matches(pattern, name), expression.MatchString(name); got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, name, got, want)
		}
	})
}
