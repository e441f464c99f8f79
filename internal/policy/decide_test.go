package policy_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"csrd/internal/policy"
)

const account = 100000000001

// known are the actions that documents may speak of in these tests.
var known = []string{
	"ssl:CreateCSR", "ssl:DescribeCSR", "ssl:DescribeCSRSet", "ssl:ModifyCSR", "ssl:BatchDeleteCSR",
	"csrd:ImportCSR", "csrd:InspectCSR", policy.ReadPrivateKey,
}

// parsed makes a policy of "NAME STATEMENT", or of "NAME [STATEMENT, …]".
func parsed(t *testing.T, text string) policy.Named {
	t.Helper()
	name, statement, _ := strings.Cut(text, " ")
	document, err := policy.Parse([]byte(`{"version": "2.0", "statement": `+statement+`}`), known)
	if err != nil {
		t.Fatalf("policy %s: %v", text, err)
	}
	return policy.Named{Name: name, Document: document}
}

// request is what the decisions are about, where they do not say otherwise.
func request(action, resource string) policy.Request {
	if strings.HasPrefix(resource, "csr/") {
		resource = fmt.Sprintf("qcs::ssl::uin/%d:%s", account, resource)
	}
	return policy.Request{
		Account: account, Action: action, Resource: resource,
		Address: netip.MustParseAddr("10.1.2.3"),
		Now:     time.Date(2026, 11, 24, 12, 0, 0, 500_000_000, time.UTC),
		Values:  map[string]string{policy.KeyUser: "deploy-1", policy.KeySecretID: "AKIDexample"},
	}
}

// What the table changes of a request.
func from(address string) func(*policy.Request) {
	return func(r *policy.Request) { r.Address = netip.MustParseAddr(address) }
}
func nowhere(r *policy.Request) { r.Address = netip.Addr{} }
func nobody(r *policy.Request)  { r.Values = nil }

const (
	allowAll      = `{"effect": "allow", "action": "*", "resource": "*"}`
	allowSSL      = `{"effect": "allow", "action": "ssl:*", "resource": "*"}`
	allowDescribe = `{"effect": "allow", "action": "ssl:Describe*", "resource": "*"}`
)

// on is a statement about every action, on a resource.
func on(effect, resource string) string {
	return fmt.Sprintf(`{"effect": %q, "action": "ssl:*", "resource": %q}`, effect, resource)
}

// where is a statement about everything, under conditions.
func where(effect, condition string) string {
	return fmt.Sprintf(`{"effect": %q, "action": "*", "resource": "*", "condition": {%s}}`, effect, condition)
}

const (
	yes = true
	no  = false
)

var decisions = []struct {
	name     string
	policies []string
	action   string
	resource string
	change   func(*policy.Request)
	allowed  bool
	reason   string
}{
	// Actions.
	{"everything", []string{"p " + allowAll}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match."},
	{"a product", []string{"p " + allowSSL}, "ssl:BatchDeleteCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:BatchDeleteCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `*` match."},
	{"a product is not another", []string{"p " + allowSSL}, "csrd:ImportCSR", "*", nil, no, "Nothing allows csrd:ImportCSR on *: the nearest, statement 1 of policy `p`, allows only `ssl:*`."},
	{"a verb", []string{"p " + allowDescribe}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:Describe*` and resource `*` match."},
	{"a verb, without anything after it", []string{"p " + `{"effect": "allow", "action": "ssl:DescribeCSR*", "resource": "*"}`}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:DescribeCSR*` and resource `*` match."},
	{"a verb is not another", []string{"p " + allowDescribe}, "ssl:ModifyCSR", "csr/7", nil, no, "Nothing allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows only `ssl:Describe*`."},
	{"a name", []string{"p " + `{"effect": "allow", "action": "ssl:ModifyCSR", "resource": "*"}`}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:ModifyCSR` and resource `*` match."},
	{"a name is not one that begins with it", []string{"p " + `{"effect": "allow", "action": "ssl:DescribeCSR", "resource": "*"}`}, "ssl:DescribeCSRSet", "csr/*", nil, no, "Nothing allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: the nearest, statement 1 of policy `p`, allows only `ssl:DescribeCSR`."},
	{"a wildcard in the middle", []string{"p " + `{"effect": "allow", "action": "ssl:*CSR", "resource": "*"}`}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `ssl:*CSR` and resource `*` match."},
	{"a wildcard in the middle, and another end", []string{"p " + `{"effect": "allow", "action": "ssl:*CSR", "resource": "*"}`}, "ssl:DescribeCSRSet", "csr/*", nil, no, "Nothing allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: the nearest, statement 1 of policy `p`, allows only `ssl:*CSR`."},
	{"several wildcards", []string{"p " + `{"effect": "allow", "action": "s*:D*S*t", "resource": "*"}`}, "ssl:DescribeCSRSet", "csr/*", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: action `s*:D*S*t` and resource `*` match."},
	{"a wildcard before the product", []string{"p " + `{"effect": "allow", "action": "*:DescribeCSR", "resource": "*"}`}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `*:DescribeCSR` and resource `*` match."},
	{"a list of actions", []string{"p " + `{"effect": "allow", "action": ["ssl:CreateCSR", "ssl:ModifyCSR"], "resource": "*"}`}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:ModifyCSR` and resource `*` match."},
	{"not in a list of actions", []string{"p " + `{"effect": "allow", "action": ["ssl:CreateCSR", "ssl:ModifyCSR", "ssl:DescribeCSR", "ssl:DescribeCSRSet", "csrd:*"], "resource": "*"}`}, "ssl:BatchDeleteCSR", "csr/7", nil, no, "Nothing allows ssl:BatchDeleteCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows only `ssl:CreateCSR`, `ssl:ModifyCSR`, `ssl:DescribeCSR` and 2 more."},
	{"the spelling with name/", []string{"p " + `{"effect": "allow", "action": "name/ssl:DescribeCSR", "resource": "*"}`}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:DescribeCSR` and resource `*` match."},
	{"the spelling with name/ and a wildcard", []string{"p " + `{"effect": "allow", "action": ["name/ssl:*"], "resource": ["*"]}`}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `*` match."},
	{"an action in another case than the pattern", []string{"p " + allowDescribe}, "ssl:describeCSR", "csr/7", nil, no, "Nothing allows ssl:describeCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows only `ssl:Describe*`."},

	// The permission to read private keys.
	{"private keys by *", []string{"p " + allowAll}, policy.ReadPrivateKey, "csr/7", nil, yes, "Statement 1 of policy `p` allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: action `*` and resource `*` match."},
	{"private keys by csrd:*", []string{"p " + `{"effect": "allow", "action": "csrd:*", "resource": "*"}`}, policy.ReadPrivateKey, "csr/7", nil, yes, "Statement 1 of policy `p` allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: action `csrd:*` and resource `*` match."},
	{"private keys by their name", []string{"p " + `{"effect": "allow", "action": "csrd:ReadPrivateKey", "resource": "*"}`}, policy.ReadPrivateKey, "csr/7", nil, yes, "Statement 1 of policy `p` allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: action `csrd:ReadPrivateKey` and resource `*` match."},
	{"private keys not by ssl:*", []string{"p " + allowSSL}, policy.ReadPrivateKey, "csr/7", nil, no, "Nothing allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows only `ssl:*`."},
	{"private keys of one CSR", []string{"p " + allowSSL, "key " + `{"effect": "allow", "action": "csrd:ReadPrivateKey", "resource": "qcs::ssl:::csr/7"}`}, policy.ReadPrivateKey, "csr/7", nil, yes, "Statement 1 of policy `key` allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: action `csrd:ReadPrivateKey` and resource `qcs::ssl:::csr/7` match."},
	{"private keys of another CSR", []string{"p " + allowSSL, "key " + `{"effect": "allow", "action": "csrd:ReadPrivateKey", "resource": "qcs::ssl:::csr/7"}`}, policy.ReadPrivateKey, "csr/8", nil, no, "Nothing allows csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/8: the nearest, statement 1 of policy `key`, allows it only on `qcs::ssl:::csr/7`."},
	{"private keys denied to whom all is allowed", []string{"p " + allowAll, "guard " + `{"effect": "deny", "action": "csrd:ReadPrivateKey", "resource": "*"}`}, policy.ReadPrivateKey, "csr/7", nil, no, "Statement 1 of policy `guard` denies csrd:ReadPrivateKey on qcs::ssl::uin/100000000001:csr/7: action `csrd:ReadPrivateKey` and resource `*` match; a deny beats every allow."},

	// Resources.
	{"one CSR", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/7")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl::uin/100000000001:csr/7` match."},
	{"one CSR is not another", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/7")}, "ssl:DescribeCSR", "csr/8", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/8: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl::uin/100000000001:csr/7`."},
	{"one CSR is not one that begins like it", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/7")}, "ssl:DescribeCSR", "csr/77", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/77: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl::uin/100000000001:csr/7`."},
	{"all CSRs", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl::uin/100000000001:csr/*` match."},
	{"ids that begin alike", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/12*")}, "ssl:DescribeCSR", "csr/1234", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/1234: action `ssl:*` and resource `qcs::ssl::uin/100000000001:csr/12*` match."},
	{"an id that begins otherwise", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/12*")}, "ssl:DescribeCSR", "csr/21", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/21: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl::uin/100000000001:csr/12*`."},
	{"a list of resources", []string{"p " + `{"effect": "allow", "action": "ssl:*", "resource": ["qcs::ssl:::csr/7", "qcs::ssl:::csr/8"]}`}, "ssl:ModifyCSR", "csr/8", nil, yes, "Statement 1 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/8: action `ssl:*` and resource `qcs::ssl:::csr/8` match."},
	{"not in a list of resources", []string{"p " + `{"effect": "allow", "action": "ssl:*", "resource": ["qcs::ssl:::csr/7", "qcs::ssl:::csr/8"]}`}, "ssl:ModifyCSR", "csr/9", nil, no, "Nothing allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/9: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl:::csr/7` and `qcs::ssl:::csr/8`."},
	{"no account is the own one", []string{"p " + on("allow", "qcs::ssl:::csr/*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl:::csr/*` match."},
	{"any account", []string{"p " + on("allow", "qcs::ssl::uin/*:csr/*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl::uin/*:csr/*` match."},
	{"accounts that begin alike", []string{"p " + on("allow", "qcs::ssl::uin/1000*:*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl::uin/1000*:*` match."},
	{"another account's pattern", []string{"p " + on("allow", "qcs::ssl::uin/100000000002:csr/*")}, "ssl:DescribeCSR", "csr/7", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl::uin/100000000002:csr/*`."},
	{"no service is every one", []string{"p " + on("allow", "qcs:::::csr/*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs:::::csr/*` match."},
	{"any service and region", []string{"p " + on("allow", "qcs::*:*:*:*")}, "ssl:DescribeCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::*:*:*:*` match."},
	{"the service of another product", []string{"p " + on("allow", "qcs::csrd:::*")}, "ssl:DescribeCSR", "csr/7", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `p`, allows it only on `qcs::csrd:::*`."},
	{"an account of the user's, left out in the request", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/7")}, "ssl:DescribeCSR", "qcs::ssl:::csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSR on qcs::ssl:::csr/7: action `ssl:*` and resource `qcs::ssl::uin/100000000001:csr/7` match."},
	{"an action about no resource, by *", []string{"p " + allowSSL}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `ssl:*` and resource `*` match."},
	{"an action about no resource, by all of the service", []string{"p " + on("allow", "qcs::ssl:::*")}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `ssl:*` and resource `qcs::ssl:::*` match."},
	{"an action about no resource, by all of the account", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:*")}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `ssl:*` and resource `qcs::ssl::uin/100000000001:*` match."},
	{"an action about no resource, by all of another account", []string{"p " + on("allow", "qcs::ssl::uin/100000000002:*")}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl::uin/100000000002:*`, and this action is about no single resource: it needs `*`."},
	{"an action about no resource, by all CSRs", []string{"p " + on("allow", "qcs::ssl:::csr/*")}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl:::csr/*`, and this action is about no single resource: it needs `*`."},
	{"an action about no resource, by one CSR", []string{"p " + on("allow", "qcs::ssl:::csr/7")}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl:::csr/7`, and this action is about no single resource: it needs `*`."},
	{"the list, by all CSRs", []string{"p " + on("allow", "qcs::ssl::uin/100000000001:csr/*")}, "ssl:DescribeCSRSet", "csr/*", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: action `ssl:*` and resource `qcs::ssl::uin/100000000001:csr/*` match."},
	{"the list is not allowed by one CSR", []string{"p " + on("allow", "qcs::ssl:::csr/7")}, "ssl:DescribeCSRSet", "csr/*", nil, no, "Nothing allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl:::csr/7`."},
	{"the list is not allowed by some CSRs", []string{"p " + on("allow", "qcs::ssl:::csr/7*")}, "ssl:DescribeCSRSet", "csr/*", nil, no, "Nothing allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: the nearest, statement 1 of policy `p`, allows it only on `qcs::ssl:::csr/7*`."},
	{"the list is not filtered by a deny of one CSR", []string{"p " + allowSSL, "guard " + on("deny", "qcs::ssl:::csr/7")}, "ssl:DescribeCSRSet", "csr/*", nil, yes, "Statement 1 of policy `p` allows ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: action `ssl:*` and resource `*` match."},
	{"the list, denied", []string{"p " + allowSSL, "guard " + on("deny", "qcs::ssl:::csr/*")}, "ssl:DescribeCSRSet", "csr/*", nil, no, "Statement 1 of policy `guard` denies ssl:DescribeCSRSet on qcs::ssl::uin/100000000001:csr/*: action `ssl:*` and resource `qcs::ssl:::csr/*` match; a deny beats every allow."},
	{"a resource of another account, whatever is allowed", []string{"p " + allowAll}, "ssl:DescribeCSR", "qcs::ssl::uin/100000000002:csr/7", nil, no, "Resource `qcs::ssl::uin/100000000002:csr/7` is not of account 100000000001, and policies allow nothing outside their own account."},
	{"a resource that is none", []string{"p " + allowAll}, "ssl:DescribeCSR", "7", nil, no, "Resource `7` is neither `*` nor qcs::SERVICE::uin/UIN:csr/ID, so nothing can be allowed on it."},
	{"a resource with a region", []string{"p " + allowAll}, "ssl:DescribeCSR", "qcs::ssl:ap-guangzhou::csr/7", nil, no, "Resource `qcs::ssl:ap-guangzhou::csr/7` is neither `*` nor qcs::SERVICE::uin/UIN:csr/ID, so nothing can be allowed on it."},

	// Deny, and several statements and policies.
	{"no policy", nil, "ssl:DescribeCSR", "csr/7", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: there is no policy."},
	{"only denials", []string{"guard " + on("deny", "qcs::ssl:::csr/8")}, "ssl:DescribeCSR", "csr/7", nil, no, "Nothing allows ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: no statement allows anything."},
	{"deny before allow", []string{"p [" + on("deny", "*") + "," + allowAll + "]"}, "ssl:DescribeCSR", "csr/7", nil, no, "Statement 1 of policy `p` denies ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `*` match; a deny beats every allow."},
	{"deny after allow", []string{"p [" + allowAll + "," + on("deny", "*") + "]"}, "ssl:DescribeCSR", "csr/7", nil, no, "Statement 2 of policy `p` denies ssl:DescribeCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `*` match; a deny beats every allow."},
	{"deny in another policy", []string{"p " + allowAll, "guard " + on("deny", "qcs::ssl:::csr/7")}, "ssl:BatchDeleteCSR", "csr/7", nil, no, "Statement 1 of policy `guard` denies ssl:BatchDeleteCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl:::csr/7` match; a deny beats every allow."},
	{"deny in a policy before", []string{"guard " + on("deny", "qcs::ssl:::csr/7"), "p " + allowAll}, "ssl:BatchDeleteCSR", "csr/7", nil, no, "Statement 1 of policy `guard` denies ssl:BatchDeleteCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `qcs::ssl:::csr/7` match; a deny beats every allow."},
	{"deny of another resource", []string{"guard " + on("deny", "qcs::ssl:::csr/7"), "p " + allowAll}, "ssl:BatchDeleteCSR", "csr/8", nil, yes, "Statement 1 of policy `p` allows ssl:BatchDeleteCSR on qcs::ssl::uin/100000000001:csr/8: action `*` and resource `*` match."},
	{"deny of another action", []string{"guard " + `{"effect": "deny", "action": "ssl:BatchDeleteCSR", "resource": "*"}`, "p " + allowAll}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `*` and resource `*` match."},
	{"an exact allow does not beat a broad deny", []string{"p " + `{"effect": "allow", "action": "ssl:ModifyCSR", "resource": "qcs::ssl::uin/100000000001:csr/7"}`, "guard " + `{"effect": "deny", "action": "*", "resource": "*"}`}, "ssl:ModifyCSR", "csr/7", nil, no, "Statement 1 of policy `guard` denies ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `*` and resource `*` match; a deny beats every allow."},
	{"the second statement", []string{"p [" + allowDescribe + "," + `{"effect": "allow", "action": "ssl:ModifyCSR", "resource": "*"}` + "]"}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 2 of policy `p` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:ModifyCSR` and resource `*` match."},
	{"the second policy", []string{"read " + allowDescribe, "write " + `{"effect": "allow", "action": "ssl:ModifyCSR", "resource": "*"}`}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `write` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:ModifyCSR` and resource `*` match."},
	{"the first of two that allow", []string{"one " + allowSSL, "two " + allowAll}, "ssl:ModifyCSR", "csr/7", nil, yes, "Statement 1 of policy `one` allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: action `ssl:*` and resource `*` match."},
	{"the nearest names the action", []string{"read " + allowDescribe, "write " + `{"effect": "allow", "action": "ssl:ModifyCSR", "resource": "qcs::ssl:::csr/8"}`}, "ssl:ModifyCSR", "csr/7", nil, no, "Nothing allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `write`, allows it only on `qcs::ssl:::csr/8`."},
	{"the nearest names action and resource", []string{"some " + on("allow", "qcs::ssl:::csr/8"), "office " + where("allow", `"ip_equal": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:ModifyCSR", "csr/7", nil, no, "Nothing allows ssl:ModifyCSR on qcs::ssl::uin/100000000001:csr/7: the nearest, statement 1 of policy `office`, allows it only where qcs:ip is in `192.0.2.0/24`, and it is `10.1.2.3`."},

	// Conditions on the address.
	{"ip_equal, in the range", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.0.0.0/8"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `10.0.0.0/8`."},
	{"ip_equal, outside the range", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.0.0.0/8"}`)}, "ssl:CreateCSR", "*", from("192.0.2.1"), no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is in `10.0.0.0/8`, and it is `192.0.2.1`."},
	{"ip_equal, one address", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.1.2.3"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `10.1.2.3`."},
	{"ip_equal, bits beyond the prefix", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.1.2.200/24"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `10.1.2.200/24`."},
	{"ip_equal, one of several", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": ["192.0.2.0/24", "10.1.0.0/16"]}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `192.0.2.0/24` or `10.1.0.0/16`."},
	{"ip_equal, none of several", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": ["192.0.2.0/24", "10.2.0.0/16"]}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is in `192.0.2.0/24` or `10.2.0.0/16`, and it is `10.1.2.3`."},
	{"ip_equal, IPv6", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "2001:db8::/32"}`)}, "ssl:CreateCSR", "*", from("2001:db8:1::1"), yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `2001:db8:1::1` is in `2001:db8::/32`."},
	{"ip_equal, IPv6 with a zone", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "fe80::/10"}`)}, "ssl:CreateCSR", "*", from("fe80::1%eth0"), yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `fe80::1` is in `fe80::/10`."},
	{"ip_equal, IPv4 in IPv6", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.0.0.0/8"}`)}, "ssl:CreateCSR", "*", from("::ffff:10.1.2.3"), yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `10.0.0.0/8`."},
	{"ip_equal, IPv4 in IPv6 in the policy", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "::ffff:10.0.0.0/104"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `::ffff:10.0.0.0/104`."},
	{"ip_equal, all of IPv4 in IPv6 in the policy", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "::ffff:0:0/96"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `::ffff:0:0/96`."},
	{"ip_equal, not known", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "0.0.0.0/0"}`)}, "ssl:CreateCSR", "*", nowhere, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is in `0.0.0.0/0`, and it is not known."},
	{"ip_equal_if_exist, not known", []string{"p " + where("allow", `"ip_equal_if_exist": {"qcs:ip": "10.0.0.0/8"}`)}, "ssl:CreateCSR", "*", nowhere, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip is not known, which `ip_equal_if_exist` does not mind."},
	{"ip_equal_if_exist, known", []string{"p " + where("allow", `"ip_equal_if_exist": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is in `192.0.2.0/24`, and it is `10.1.2.3`."},
	{"ip_not_equal, outside", []string{"p " + where("allow", `"ip_not_equal": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is not in `192.0.2.0/24`."},
	{"ip_not_equal, inside", []string{"p " + where("allow", `"ip_not_equal": {"qcs:ip": "10.0.0.0/8"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is not in `10.0.0.0/8`, and it is `10.1.2.3`."},
	{"ip_not_equal, inside one of several", []string{"p " + where("allow", `"ip_not_equal": {"qcs:ip": ["192.0.2.0/24", "10.0.0.0/8"]}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is not in `192.0.2.0/24` or `10.0.0.0/8`, and it is `10.1.2.3`."},
	{"ip_not_equal, not known", []string{"p " + where("allow", `"ip_not_equal": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nowhere, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:ip is not in `192.0.2.0/24`, and it is not known."},
	{"ip_not_equal_if_exist, not known", []string{"p " + where("allow", `"ip_not_equal_if_exist": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nowhere, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip is not known, which `ip_not_equal_if_exist` does not mind."},
	{"deny outside the office", []string{"p " + allowAll, "guard " + where("deny", `"ip_not_equal": {"qcs:ip": ["192.0.2.0/24", "198.51.100.0/24"]}`)}, "ssl:CreateCSR", "*", nil, no, "Statement 1 of policy `guard` denies ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is not in `192.0.2.0/24` or `198.51.100.0/24`; a deny beats every allow."},
	{"deny outside the office, inside it", []string{"p " + allowAll, "guard " + where("deny", `"ip_not_equal": {"qcs:ip": ["192.0.2.0/24", "198.51.100.0/24"]}`)}, "ssl:CreateCSR", "*", from("198.51.100.7"), yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match."},
	{"deny outside the office, not known", []string{"p " + allowAll, "guard " + where("deny", `"ip_not_equal": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nowhere, no, "Statement 1 of policy `guard` denies ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip, which `ip_not_equal` needs, is not known; a deny beats every allow."},
	{"deny with if_exist, not known", []string{"p " + allowAll, "guard " + where("deny", `"ip_not_equal_if_exist": {"qcs:ip": "192.0.2.0/24"}`)}, "ssl:CreateCSR", "*", nowhere, no, "Statement 1 of policy `guard` denies ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip is not known, which `ip_not_equal_if_exist` does not mind; a deny beats every allow."},

	// Conditions on the time; the request came at half a second past 12:00:00.
	{"date_equal, the same second", []string{"p " + where("allow", `"date_equal": {"qcs:current_time": "2026-11-24T12:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is `2026-11-24T12:00:00Z`."},
	{"date_equal, another second", []string{"p " + where("allow", `"date_equal": {"qcs:current_time": "2026-11-24T12:00:01Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is `2026-11-24T12:00:01Z`, and it is `2026-11-24T12:00:00Z`."},
	{"date_not_equal, another second", []string{"p " + where("allow", `"date_not_equal": {"qcs:current_time": "2026-11-24T12:00:01Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is not `2026-11-24T12:00:01Z`."},
	{"date_not_equal, the same second", []string{"p " + where("allow", `"date_not_equal": {"qcs:current_time": "2026-11-24T12:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is not `2026-11-24T12:00:00Z`, and it is `2026-11-24T12:00:00Z`."},
	{"date_less_than, before", []string{"p " + where("allow", `"date_less_than": {"qcs:current_time": "2026-12-31T16:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is before `2026-12-31T16:00:00Z`."},
	{"date_less_than, the same second", []string{"p " + where("allow", `"date_less_than": {"qcs:current_time": "2026-11-24T12:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is before `2026-11-24T12:00:00Z`, and it is `2026-11-24T12:00:00Z`."},
	{"date_less_than_equal, the same second", []string{"p " + where("allow", `"date_less_than_equal": {"qcs:current_time": "2026-11-24T12:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is not after `2026-11-24T12:00:00Z`."},
	{"date_less_than_equal, after", []string{"p " + where("allow", `"date_less_than_equal": {"qcs:current_time": "2026-11-24 11:59:59"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is not after `2026-11-24 11:59:59`, and it is `2026-11-24T12:00:00Z`."},
	{"date_greater_than, after", []string{"p " + where("allow", `"date_greater_than": {"qcs:current_time": "2026-11-24 11:59:59"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is after `2026-11-24 11:59:59`."},
	{"date_greater_than, the same second", []string{"p " + where("allow", `"date_greater_than": {"qcs:current_time": "2026-11-24T12:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is after `2026-11-24T12:00:00Z`, and it is `2026-11-24T12:00:00Z`."},
	{"date_greater_than_equal, the same second", []string{"p " + where("allow", `"date_greater_than_equal": {"qcs:current_time": "2026-11-24T12:00:00"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is not before `2026-11-24T12:00:00`."},
	{"date_greater_than_equal, before", []string{"p " + where("allow", `"date_greater_than_equal": {"qcs:current_time": "2026-11-24T12:00:01Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where qcs:current_time is not before `2026-11-24T12:00:01Z`, and it is `2026-11-24T12:00:00Z`."},
	{"date_less_than_if_exist", []string{"p " + where("allow", `"date_less_than_if_exist": {"qcs:current_time": "2026-12-31T16:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is before `2026-12-31T16:00:00Z`."},
	{"a time in another zone", []string{"p " + where("allow", `"date_less_than": {"qcs:current_time": "2026-11-24T12:00:01Z"}`)}, "ssl:CreateCSR", "*", func(r *policy.Request) {
		r.Now = r.Now.In(time.FixedZone("UTC+8", 8*60*60))
	}, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is before `2026-11-24T12:00:01Z`."},
	{"between two times", []string{"p " + where("allow", `"date_greater_than": {"qcs:current_time": "2026-11-24T08:00:00Z"}, "date_less_than": {"qcs:current_time": "2026-11-24T18:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is after `2026-11-24T08:00:00Z`, and qcs:current_time `2026-11-24T12:00:00Z` is before `2026-11-24T18:00:00Z`."},
	{"denied until a time", []string{"p " + allowAll, "freeze " + where("deny", `"date_less_than": {"qcs:current_time": "2026-12-01T00:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, no, "Statement 1 of policy `freeze` denies ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:current_time `2026-11-24T12:00:00Z` is before `2026-12-01T00:00:00Z`; a deny beats every allow."},
	{"denied until a time that is past", []string{"p " + allowAll, "freeze " + where("deny", `"date_less_than": {"qcs:current_time": "2026-11-01T00:00:00Z"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match."},

	// Conditions on texts.
	{"string_equal, equal", []string{"p " + where("allow", `"string_equal": {"csrd:user": "deploy-1"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` is `deploy-1`."},
	{"string_equal, in another case", []string{"p " + where("allow", `"string_equal": {"csrd:user": "Deploy-1"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is `Deploy-1`, and it is `deploy-1`."},
	{"string_equal has no wildcard", []string{"p " + where("allow", `"string_equal": {"csrd:user": "deploy-*"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is `deploy-*`, and it is `deploy-1`."},
	{"string_equal, one of several", []string{"p " + where("allow", `"string_equal": {"csrd:user": ["build", "deploy-1"]}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` is `build` or `deploy-1`."},
	{"string_equal, not known", []string{"p " + where("allow", `"string_equal": {"csrd:user": "deploy-1"}`)}, "ssl:CreateCSR", "*", nobody, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is `deploy-1`, and it is not known."},
	{"string_equal_if_exist, not known", []string{"p " + where("allow", `"string_equal_if_exist": {"csrd:user": "deploy-1"}`)}, "ssl:CreateCSR", "*", nobody, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user is not known, which `string_equal_if_exist` does not mind."},
	{"string_not_equal, another", []string{"p " + where("allow", `"string_not_equal": {"csrd:secret_id": "AKIDother"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:secret_id `AKIDexample` is not `AKIDother`."},
	{"string_not_equal, the same", []string{"p " + where("allow", `"string_not_equal": {"csrd:secret_id": ["AKIDother", "AKIDexample"]}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:secret_id is not `AKIDother` or `AKIDexample`, and it is `AKIDexample`."},
	{"string_equal_ignore_case, in another case", []string{"p " + where("allow", `"string_equal_ignore_case": {"csrd:user": "DEPLOY-1"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` equals (in any case) `DEPLOY-1`."},
	{"string_equal_ignore_case, another", []string{"p " + where("allow", `"string_equal_ignore_case": {"csrd:user": "BUILD"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user equals (in any case) `BUILD`, and it is `deploy-1`."},
	{"string_not_equal_ignore_case, another", []string{"p " + where("allow", `"string_not_equal_ignore_case": {"csrd:user": "BUILD"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` does not equal (in any case) `BUILD`."},
	{"string_not_equal_ignore_case, in another case", []string{"p " + where("allow", `"string_not_equal_ignore_case": {"csrd:user": "DEPLOY-1"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user does not equal (in any case) `DEPLOY-1`, and it is `deploy-1`."},
	{"string_like, fits", []string{"p " + where("allow", `"string_like": {"csrd:user": "deploy-*"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` is like `deploy-*`."},
	{"string_like, does not fit", []string{"p " + where("allow", `"string_like": {"csrd:user": "build-*"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is like `build-*`, and it is `deploy-1`."},
	{"string_not_like, does not fit", []string{"p " + where("allow", `"string_not_like": {"csrd:user": ["build-*", "test-*"]}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` is not like `build-*` or `test-*`."},
	{"string_not_like, fits", []string{"p " + where("allow", `"string_not_like": {"csrd:user": ["build-*", "deploy-*"]}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is not like `build-*` or `deploy-*`, and it is `deploy-1`."},

	// Several conditions: all must hold.
	{"two operators, both hold", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.0.0.0/8"}, "string_like": {"csrd:user": "deploy-*"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and qcs:ip `10.1.2.3` is in `10.0.0.0/8`, and csrd:user `deploy-1` is like `deploy-*`."},
	{"two operators, one holds", []string{"p " + where("allow", `"ip_equal": {"qcs:ip": "10.0.0.0/8"}, "string_like": {"csrd:user": "build-*"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:user is like `build-*`, and it is `deploy-1`."},
	{"two keys of an operator, both hold", []string{"p " + where("allow", `"string_equal": {"csrd:user": "deploy-1", "csrd:secret_id": "AKIDexample"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match, and csrd:user `deploy-1` is `deploy-1`, and csrd:secret_id `AKIDexample` is `AKIDexample`."},
	{"two keys of an operator, one holds", []string{"p " + where("allow", `"string_equal": {"csrd:user": "deploy-1", "csrd:secret_id": "AKIDother"}`)}, "ssl:CreateCSR", "*", nil, no, "Nothing allows ssl:CreateCSR on *: the nearest, statement 1 of policy `p`, allows it only where csrd:secret_id is `AKIDother`, and it is `AKIDexample`."},
	{"a deny with two conditions, one of which holds", []string{"p " + allowAll, "guard " + where("deny", `"ip_not_equal": {"qcs:ip": "192.0.2.0/24"}, "string_equal": {"csrd:user": "build"}`)}, "ssl:CreateCSR", "*", nil, yes, "Statement 1 of policy `p` allows ssl:CreateCSR on *: action `*` and resource `*` match."},
}

func TestDecisionsAndWhatIsSaidOfThem(t *testing.T) {
	decider := regexp.MustCompile("^Statement (\\d+) of policy `(\\w+)` ")
	for _, d := range decisions {
		t.Run(d.name, func(t *testing.T) {
			var policies []policy.Named
			for _, text := range d.policies {
				policies = append(policies, parsed(t, text))
			}
			r := request(d.action, d.resource)
			if d.change != nil {
				d.change(&r)
			}
			got := policy.Decide(policies, r)
			if got.Allowed != d.allowed || got.Reason != d.reason {
				t.Errorf("allowed %v, because:\n%s\nwant %v, because:\n%s", got.Allowed, got.Reason, d.allowed, d.reason)
			}
			number, name := "0", ""
			if m := decider.FindStringSubmatch(got.Reason); m != nil {
				number, name = m[1], m[2]
			}
			if fmt.Sprint(got.Statement) != number || got.Policy != name {
				t.Errorf("decided by statement %d of %q, but the reason is %s", got.Statement, got.Policy, got.Reason)
			}
		})
	}
}

func TestEveryOperatorIsDecidedBothWays(t *testing.T) {
	outcomes := map[string]map[bool]bool{}
	operator := regexp.MustCompile(`"((?:string|ip|date)_[a-z_]+)"`)
	for _, d := range decisions {
		for _, text := range d.policies {
			for _, m := range operator.FindAllStringSubmatch(text, -1) {
				name := strings.TrimSuffix(m[1], "_if_exist")
				if outcomes[name] == nil {
					outcomes[name] = map[bool]bool{}
				}
				outcomes[name][d.allowed] = true
			}
		}
	}
	for _, name := range policy.OperatorNames() {
		if !outcomes[name][true] || !outcomes[name][false] {
			t.Errorf("%s is not shown allowing and refusing: %v", name, outcomes[name])
		}
	}
}
