package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"csrd/internal/policy"
)

// around puts the lines of a statement into a document, from line 4 on.
func around(lines ...string) string {
	return "{\n\"version\": \"2.0\",\n\"statement\": [{\n" + strings.Join(lines, "\n") + "\n}]}"
}

// with is a document that allows everything, but for one element on line 4.
func with(element string) string {
	others := []string{`"effect": "allow"`, `"action": "*"`, `"resource": "*"`}
	lines := []string{element}
	for _, other := range others {
		if name, _, _ := strings.Cut(other, ":"); !strings.HasPrefix(element, name+":") {
			lines = append(lines, other)
		}
	}
	return around(strings.Join(lines, ",\n"))
}

// under is a document with one condition, its operator on line 5, its key on
// line 6 and its value on line 7.
func under(operator, key, value string) string {
	return with("\"condition\": {\n\"" + operator + "\": {\n\"" + key + "\":\n" + value + "}}")
}

var refused = []struct {
	name     string
	document string
	errors   string // as the error says them, a line each
}{
	// JSON.
	{"nothing", "", "line 1: it is not JSON: unexpected end of JSON input"},
	{"only white space", "\n\n", "line 2: it is not JSON: unexpected end of JSON input"},
	{"no JSON", "version: 2.0", "line 1: it is not JSON: invalid character 'v' looking for beginning of value"},
	{"text after the end", around(`"effect": "allow", "action": "*", "resource": "*"`) + "\n\n{}", "line 7: it is not JSON: invalid character '{' after top-level value"},
	{"cut off", "{\n\"version\": \"2.0\",\n\"statement\": [{\n", "line 3: it is not JSON: unexpected end of JSON input"},
	{"a comma too many", with("\"action\": [\"ssl:*\",\n]"), "line 5: it is not JSON: invalid character ']' looking for beginning of value"},
	{"a comma too few", "{\n\"version\": \"2.0\"\n\"statement\": []}", "line 3: it is not JSON: invalid character '\"' after object key:value pair"},
	{"a comment", "{\n\"version\": \"2.0\",\n// everything\n\"statement\": []}", "line 3: it is not JSON: invalid character '/' looking for beginning of object key string"},
	{"a string that does not end", "{\n\"version\": \"2.0,\n\"statement\": []}", "line 2: it is not JSON: invalid character '\\n' in string literal"},
	{"a byte order mark", "\uFEFF{}", "line 1: it begins with a byte order mark: save it as UTF-8 without one"},
	{"not UTF-8", with("\"effect\": \"allow\xff\""), "line 4: it is not UTF-8"},
	{"too long", with(`"effect": "allow"`) + strings.Repeat("\n", policy.MaxCharacters), "line 6062: it has 6233 characters and may have 6144: this line passes that; divide it into several policies"},
	{"an element twice", with("\"effect\": \"deny\",\n\"effect\": \"allow\""), "line 5: `effect` stands twice in this object, before on line 4"},
	{"an element twice, once with an escape", with("\"effect\": \"deny\",\n\"\\u0065ffect\": \"allow\""), "line 5: `effect` stands twice in this object, before on line 4"},
	{"a key twice", with("\"condition\": {\n\"ip_equal\": {\n\"qcs:ip\": \"10.0.0.1\",\n\"qcs:ip\": \"10.0.0.2\"}}"), "line 7: `qcs:ip` stands twice in this object, before on line 6"},
	{"an operator twice", with("\"condition\": {\n\"ip_equal\": {\"qcs:ip\": \"10.0.0.1\"},\n\"ip_equal\": {\"qcs:ip\": \"10.0.0.2\"}}"), "line 6: `ip_equal` stands twice in this object, before on line 5"},

	// The elements of a document.
	{"an array", "\n[]", "line 2: a policy is a JSON object, and this is an array"},
	{"null", "null", "line 1: a policy is a JSON object, and this is null"},
	{"an empty object", "\n{}", "line 2: `version` is missing\nline 2: `statement` is missing"},
	{"another version", "{\n\"version\":\n\"1.0\", \"statement\": {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\"}}", "line 3: `version` must be \"2.0\", and is `1.0`"},
	{"a version that is a number", "{\n\"version\": 2.0,\n\"statement\": {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\"}}", "line 2: `version` must be a string, and is a number"},
	{"no statement", "{\n\"version\": \"2.0\",\n\"statement\": []}", "line 3: `statement` is empty: such a policy says nothing"},
	{"a statement that is a string", "{\n\"version\": \"2.0\",\n\"statement\": \"allow\"}", "line 3: `statement` must be an array of objects, or one object, and is a string"},
	{"a statement in an array that is a string", "{\n\"version\": \"2.0\",\n\"statement\": [\n\"allow\"]}", "line 4: statement 1: it must be an object, and is a string"},
	{"an unknown element of a document", "{\n\"version\": \"2.0\",\n\"id\": \"x\",\n\"statement\": {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\"}}", "line 3: `id` is not known here, only version and statement"},
	{"elements in upper case", "{\n\"Version\": \"2.0\",\n\"Statement\": {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\"}}", "line 2: `Version` must be lower case, `version`\nline 3: `Statement` must be lower case, `statement`"},
	{"a principal", "{\n\"version\": \"2.0\",\n\"principal\": {\"qcs\": [\"qcs::cam::uin/1:uin/2\"]},\n\"statement\": {\"effect\": \"allow\", \"action\": \"*\", \"resource\": \"*\"}}", "line 3: `principal` has no place here: the policy is for the users whom it is attached to"},

	// The elements of a statement.
	{"an empty statement", around(), "line 3: statement 1: `effect` is missing\nline 3: statement 1: `action` is missing\nline 3: statement 1: `resource` is missing"},
	{"an unknown element of a statement", with(`"sid": "1"`), "line 4: statement 1: `sid` is not known here, only effect, action, resource and condition"},
	{"an element of AWS", with(`"NotAction": "ssl:*"`), "line 4: statement 1: `NotAction` is not known here, only effect, action, resource and condition"},
	{"an element in upper case", around(`"Effect": "allow",`, `"action": "*",`, `"resource": "*"`), "line 4: statement 1: `Effect` must be lower case, `effect`"},
	{"a principal in a statement", with(`"principal": "*"`), "line 4: statement 1: `principal` has no place here: the policy is for the users whom it is attached to"},
	{"another effect", with(`"effect": "permit"`), "line 4: statement 1: `effect` must be \"allow\" or \"deny\", and is `permit`"},
	{"an effect in upper case", with(`"effect": "Allow"`), "line 4: statement 1: `effect` must be \"allow\" or \"deny\", and is `Allow`"},
	{"an effect that is a boolean", with(`"effect": true`), "line 4: statement 1: `effect` must be a string, and is a boolean"},
	{"no action", around(`"effect": "allow", "resource": "*"`), "line 3: statement 1: `action` is missing"},
	{"no resource", around(`"effect": "allow", "action": "*"`), "line 3: statement 1: `resource` is missing"},

	// Actions.
	{"an action that does not exist", with(`"action": "ssl:DescribeCertificates"`), "line 4: statement 1: action `ssl:DescribeCertificates` matches no action of csrd, which has ssl:CreateCSR, ssl:DescribeCSR, ssl:DescribeCSRSet, ssl:ModifyCSR, ssl:BatchDeleteCSR"},
	{"a pattern that matches no action", with(`"action": "ssl:Upload*"`), "line 4: statement 1: action `ssl:Upload*` matches no action of csrd, which has ssl:CreateCSR, ssl:DescribeCSR, ssl:DescribeCSRSet, ssl:ModifyCSR, ssl:BatchDeleteCSR"},
	{"another product", with(`"action": "cos:*"`), "line 4: statement 1: action `cos:*` matches no action of csrd, which has ssl:*, csrd:*"},
	{"the third of several actions", with("\"action\": [\"ssl:*\",\n\"csrd:*\",\n\"cos:*\"]"), "line 6: statement 1: action `cos:*` matches no action of csrd, which has ssl:*, csrd:*"},
	{"an action in another case", with(`"action": "ssl:describe*"`), "line 4: statement 1: action `ssl:describe*` matches no action of csrd: case matters, as in `ssl:DescribeCSR`"},
	{"an action without its product", with(`"action": "DescribeCSR"`), "line 4: statement 1: action `DescribeCSR` matches no action of csrd, which has ssl:*, csrd:*"},
	{"a set of features", with(`"action": "permid/280655"`), "line 4: statement 1: action `permid/280655` matches no action of csrd, which has ssl:*, csrd:*"},
	{"a wildcard that is none", with(`"action": "ssl:DescribeCS?"`), "line 4: statement 1: action `ssl:DescribeCS?` matches no action of csrd, which has ssl:CreateCSR, ssl:DescribeCSR, ssl:DescribeCSRSet, ssl:ModifyCSR, ssl:BatchDeleteCSR"},
	{"an action with a blank", with(`"action": " ssl:*"`), "line 4: statement 1: action ` ssl:*` matches no action of csrd, which has ssl:*, csrd:*"},
	{"an empty action", with(`"action": ""`), "line 4: statement 1: `action` has an empty string in it"},
	{"no actions", with(`"action": []`), "line 4: statement 1: `action` is empty"},
	{"an action that is a number", with("\"action\": [\"ssl:*\",\n7]"), "line 5: statement 1: `action` must be a string or an array of strings, and has a number in it"},
	{"an action that is an object", with(`"action": {}`), "line 4: statement 1: `action` must be a string or an array of strings, and is an object"},
	{"an action that a terminal would act on", with(`"action": "ssl:\u001b[31m"`), "line 4: statement 1: action `ssl:\\x1b[31m` matches no action of csrd, which has ssl:CreateCSR, ssl:DescribeCSR, ssl:DescribeCSRSet, ssl:ModifyCSR, ssl:BatchDeleteCSR"},
	{"a very long action", with(`"action": "ssl:` + strings.Repeat("Describe", 40) + `"`), "line 4: statement 1: action `ssl:DescribeDescribeDescribeDescribeDescribeDescribeDescribeDescribeDescribeDesc…` matches no action of csrd, which has ssl:CreateCSR, ssl:DescribeCSR, ssl:DescribeCSRSet, ssl:ModifyCSR, ssl:BatchDeleteCSR"},

	// Resources.
	{"a resource of few segments", with(`"resource": "csr/7"`), "line 4: statement 1: resource `csr/7` must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID"},
	{"a resource of five segments", with(`"resource": "qcs::ssl::csr/7"`), "line 4: statement 1: resource `qcs::ssl::csr/7` must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID"},
	{"a resource of another cloud", with(`"resource": "arn:aws:acm:us-east-1:111122223333:certificate/7"`), "line 4: statement 1: resource `arn:aws:acm:us-east-1:111122223333:certificate/7` must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID"},
	{"a resource with a project", with(`"resource": "qcs:1:ssl::uin/100000000001:csr/7"`), "line 4: statement 1: resource `qcs:1:ssl::uin/100000000001:csr/7` has a project, which CAM no longer takes: leave the second segment empty"},
	{"a resource of another service", with(`"resource": "qcs::cos::uin/100000000001:*"`), "line 4: statement 1: resource `qcs::cos::uin/100000000001:*` is of service `cos`, and csrd has ssl and csrd"},
	{"a resource with a region", with(`"resource": "qcs::ssl:ap-guangzhou:uin/100000000001:csr/7"`), "line 4: statement 1: resource `qcs::ssl:ap-guangzhou:uin/100000000001:csr/7` has a region, and csrd has none: leave the fourth segment empty"},
	{"a resource with an APPID", with(`"resource": "qcs::ssl::uid/1250000000:csr/7"`), "line 4: statement 1: resource `qcs::ssl::uid/1250000000:csr/7` names an account by its APPID, which csrd does not know: write uin/UIN"},
	{"a resource with a bare account", with(`"resource": "qcs::ssl::100000000001:csr/7"`), "line 4: statement 1: resource `qcs::ssl::100000000001:csr/7` must have uin/UIN, or nothing for the own account, as its fifth segment"},
	{"a resource with an account that is a name", with(`"resource": "qcs::ssl::uin/root:csr/7"`), "line 4: statement 1: resource `qcs::ssl::uin/root:csr/7` must have uin/UIN, or nothing for the own account, as its fifth segment"},
	{"a resource with an empty account", with(`"resource": "qcs::ssl::uin/:csr/7"`), "line 4: statement 1: resource `qcs::ssl::uin/:csr/7` must have uin/UIN, or nothing for the own account, as its fifth segment"},
	{"a resource of another type", with(`"resource": "qcs::ssl:::certificate/7"`), "line 4: statement 1: resource `qcs::ssl:::certificate/7` must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers"},
	{"a resource with an id that is a name", with(`"resource": "qcs::ssl:::csr/www.example.com"`), "line 4: statement 1: resource `qcs::ssl:::csr/www.example.com` must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers"},
	{"a resource with an empty id", with(`"resource": "qcs::ssl:::csr/"`), "line 4: statement 1: resource `qcs::ssl:::csr/` must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers"},
	{"a resource with nothing at its end", with(`"resource": "qcs::ssl:::"`), "line 4: statement 1: resource `qcs::ssl:::` must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers"},
	{"a resource with a wildcard that is none", with(`"resource": "qcs::ssl:::csr/?"`), "line 4: statement 1: resource `qcs::ssl:::csr/?` must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers"},
	{"the second of several resources", with("\"resource\": [\"*\",\n\"csr/7\"]"), "line 5: statement 1: resource `csr/7` must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID"},
	{"no resources", with(`"resource": []`), "line 4: statement 1: `resource` is empty"},
	{"a resource that is null", with(`"resource": null`), "line 4: statement 1: `resource` must be a string or an array of strings, and is null"},

	// Conditions.
	{"a condition that is an array", with(`"condition": []`), "line 4: statement 1: `condition` must be an object, and is an array"},
	{"an empty condition", with(`"condition": {}`), "line 4: statement 1: `condition` is empty: leave it out"},
	{"an operator without keys", with(`"condition": {"ip_equal": {}}`), "line 4: statement 1: `ip_equal` is empty: leave it out"},
	{"an operator with a value", with(`"condition": {"ip_equal": "10.0.0.0/8"}`), "line 4: statement 1: `ip_equal` must have an object of keys and values, and has a string"},
	{"an unknown operator", under("ip_within", "qcs:ip", `"10.0.0.0/8"`), "line 5: statement 1: operator `ip_within` is not known; there are ip_equal, ip_not_equal"},
	{"an operator of AWS", under("IpAddress", "aws:SourceIp", `"10.0.0.0/8"`), "line 5: statement 1: operator `IpAddress` is not known; there are string_*, ip_*, date_*"},
	{"an operator in upper case", under("Ip_equal", "qcs:ip", `"10.0.0.0/8"`), "line 5: statement 1: operator `Ip_equal` is spelt `ip_equal`"},
	{"an operator with blanks", under(" date_less_than ", "qcs:current_time", `"2026-06-01T00:01:00Z"`), "line 5: statement 1: operator ` date_less_than ` is spelt `date_less_than`"},
	{"a suffix misspelt", under("ip_equal_if_exists", "qcs:ip", `"10.0.0.0/8"`), "line 5: statement 1: operator `ip_equal_if_exists` is not known; there are ip_equal, ip_not_equal"},
	{"an operator on numbers", under("numeric_equal", "qcs:mfa", `1`), "line 5: statement 1: operator `numeric_equal` is for keys that do not exist here; those here are qcs:ip, qcs:current_time, csrd:user and csrd:secret_id"},
	{"an operator on what is empty", under("null_equal", "qcs:ip", `"true"`), "line 5: statement 1: operator `null_equal` is for keys that do not exist here; those here are qcs:ip, qcs:current_time, csrd:user and csrd:secret_id"},
	{"for_any_value", under("for_any_value:string_equal", "qcs:resource_tag", `"team&pki"`), "line 5: statement 1: `for_any_value:string_equal` is for keys of several values, and no key here has several: write `string_equal`"},
	{"for_all_value", under("for_all_value:ip_equal", "qcs:ip", `"10.0.0.0/8"`), "line 5: statement 1: `for_all_value:ip_equal` is for keys of several values, and no key here has several: write `ip_equal`"},
	{"a condition key that does not exist here", under("string_equal", "qcs:resource_tag", `"team&pki"`), "line 6: statement 1: condition key `qcs:resource_tag` does not exist here; those that do are qcs:ip, qcs:current_time, csrd:user, csrd:secret_id"},
	{"a condition key in another case", under("ip_equal", "qcs:IP", `"10.0.0.0/8"`), "line 6: statement 1: condition key `qcs:IP` is spelt `qcs:ip`"},
	{"a condition key with a blank", under("ip_equal", "qcs:ip ", `"10.0.0.0/8"`), "line 6: statement 1: condition key `qcs:ip ` is spelt `qcs:ip`"},
	{"a condition key of another kind", under("string_equal", "qcs:ip", `"10.0.0.1"`), "line 6: statement 1: `string_equal` compares texts, and the values of `qcs:ip` are addresses"},
	{"a time for an address", under("date_less_than", "qcs:ip", `"10.0.0.1"`), "line 6: statement 1: `date_less_than` compares times, and the values of `qcs:ip` are addresses"},
	{"no values", under("ip_equal", "qcs:ip", `[]`), "line 7: statement 1: `qcs:ip` is empty"},
	{"a value that is a number", under("string_equal", "csrd:user", `7`), "line 7: statement 1: `csrd:user` must be a string or an array of strings, and is a number"},
	{"an address that is none", under("ip_equal", "qcs:ip", `"10.0.0"`), "line 7: statement 1: value `10.0.0` of `qcs:ip` is neither an IP address nor a range such as 10.0.0.0/8"},
	{"a name for an address", under("ip_equal", "qcs:ip", `"office.example.com"`), "line 7: statement 1: value `office.example.com` of `qcs:ip` is neither an IP address nor a range such as 10.0.0.0/8"},
	{"a prefix that is too long", under("ip_equal", "qcs:ip", `"10.0.0.0/33"`), "line 7: statement 1: value `10.0.0.0/33` of `qcs:ip` is no CIDR range, such as 10.0.0.0/8 or 2001:db8::/32"},
	{"a netmask", under("ip_equal", "qcs:ip", `"10.0.0.0/255.0.0.0"`), "line 7: statement 1: value `10.0.0.0/255.0.0.0` of `qcs:ip` is no CIDR range, such as 10.0.0.0/8 or 2001:db8::/32"},
	{"an address with a zone", under("ip_equal", "qcs:ip", `"fe80::1%eth0"`), "line 7: statement 1: value `fe80::1%eth0` of `qcs:ip` is neither an IP address nor a range such as 10.0.0.0/8"},
	{"a range of both kinds of addresses", under("ip_equal", "qcs:ip", `"::ffff:0:0/90"`), "line 7: statement 1: value `::ffff:0:0/90` of `qcs:ip` is a range of both IPv4 and IPv6: write two"},
	{"the second of several ranges", under("ip_not_equal", "qcs:ip", "[\"10.0.0.0/8\",\n\"192.168/16\"]"), "line 8: statement 1: value `192.168/16` of `qcs:ip` is no CIDR range, such as 10.0.0.0/8 or 2001:db8::/32"},
	{"a date without a time", under("date_less_than", "qcs:current_time", `"2026-12-31"`), "line 7: statement 1: value `2026-12-31` of `qcs:current_time` is no time in UTC such as 2026-12-31T16:00:00Z"},
	{"a date that does not exist", under("date_less_than", "qcs:current_time", `"2026-02-30T00:00:00Z"`), "line 7: statement 1: value `2026-02-30T00:00:00Z` of `qcs:current_time` is no time in UTC such as 2026-12-31T16:00:00Z"},
	{"a time of another zone", under("date_less_than", "qcs:current_time", `"2027-01-01T00:00:00+08:00"`), "line 7: statement 1: value `2027-01-01T00:00:00+08:00` of `qcs:current_time` must be in UTC and whole seconds, 2026-12-31T16:00:00Z"},
	{"a fraction of a second", under("date_less_than", "qcs:current_time", `"2026-12-31T16:00:00.5Z"`), "line 7: statement 1: value `2026-12-31T16:00:00.5Z` of `qcs:current_time` must be in UTC and whole seconds, 2026-12-31T16:00:00Z"},
	{"seconds since 1970", under("date_less_than", "qcs:current_time", `"1795521600"`), "line 7: statement 1: value `1795521600` of `qcs:current_time` is no time in UTC such as 2026-12-31T16:00:00Z"},
	{"a wildcard in string_like that is none", under("string_like", "csrd:user", `"deploy-?"`), "line 7: statement 1: value `deploy-?` of `csrd:user` has a `?`, and the only wildcard is `*`"},

	// Everything that is wrong is told at once, in the order of the lines.
	{"many mistakes", "{\n\"version\": \"1.0\",\n\"statement\": [{\n\"effect\": \"permit\",\n\"action\": \"cos:*\",\n\"resource\": \"csr/7\"\n}, {\n\"effect\": \"deny\",\n\"effect\": \"deny\",\n\"action\": \"ssl:*\"}]}", "line 2: `version` must be \"2.0\", and is `1.0`\nline 4: statement 1: `effect` must be \"allow\" or \"deny\", and is `permit`\nline 5: statement 1: action `cos:*` matches no action of csrd, which has ssl:*, csrd:*\nline 6: statement 1: resource `csr/7` must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID\nline 7: statement 2: `resource` is missing\nline 9: `effect` stands twice in this object, before on line 8"},
}

func TestDocumentsThatAreWrongAreRefusedWithLineAndReason(t *testing.T) {
	for _, r := range refused {
		t.Run(r.name, func(t *testing.T) {
			document, err := policy.Parse([]byte(r.document), known)
			if err == nil || document != nil {
				t.Fatalf("it is taken: %v\n%s", document, r.document)
			}
			if err.Error() != r.errors {
				t.Errorf("error\n%s\nwant\n%s", err, r.errors)
			}
			if mistake := new(policy.SyntaxError); !errors.As(err, &mistake) || !strings.HasPrefix(r.errors, fmt.Sprintf("line %d: ", mistake.Line)) {
				t.Errorf("the error %v is no SyntaxError of the first line", err)
			}
		})
	}
}

func TestDocumentsInEverySpellingAreTaken(t *testing.T) {
	for name, document := range map[string]string{
		"one statement":             `{"version": "2.0", "statement": {"effect": "allow", "action": "ssl:*", "resource": "*"}}`,
		"an array of statements":    `{"statement": [{"resource": ["*"], "action": ["ssl:*"], "effect": "deny"}], "version": "2.0"}`,
		"name/":                     with(`"action": "name/ssl:DescribeCSRSet"`),
		"CRLF":                      strings.ReplaceAll(with(`"effect": "allow"`), "\n", "\r\n"),
		"the service of everything": with(`"resource": "qcs::ssl:::*"`),
		"stars for segments":        with(`"resource": "qcs::*:*:*:*"`),
		"as long as can be":         with(`"effect": "allow"`) + strings.Repeat("\n", policy.MaxCharacters-len(with(`"effect": "allow"`))),
		"long in bytes":             under("string_equal", "csrd:user", `"`+strings.Repeat("云", policy.MaxCharacters-200)+`"`),
		"a time with a blank":       under("date_less_than", "qcs:current_time", `"2026-12-31 16:00:00"`),
		"the same twice":            with(`"action": ["ssl:*", "ssl:*"]`),
	} {
		if _, err := policy.Parse([]byte(document), known); err != nil {
			t.Errorf("%s: %v\n%s", name, err, document)
		}
	}
}

func TestSavedDocumentsOutliveTheActionsTheySpeakOf(t *testing.T) {
	document := []byte(with(`"action": "ssl:ModifyCSR"`))
	if _, err := policy.Parse(document, []string{"ssl:CreateCSR"}); err == nil {
		t.Error("an action that is not known is taken")
	}
	if _, err := policy.Parse(document, nil); err != nil {
		t.Errorf("without known actions: %v", err)
	}
}

func TestEveryConditionKeyIsTakenByOneFamilyOfOperators(t *testing.T) {
	values := map[string]string{"string": `"x"`, "ip": `"10.0.0.1"`, "date": `"2026-12-31T16:00:00Z"`}
	for _, key := range policy.KeyNames() {
		var families []string
		for _, operator := range policy.OperatorNames() {
			family, _, _ := strings.Cut(operator, "_")
			_, err := policy.Parse([]byte(under(operator, key, values[family])), known)
			_, errIfExist := policy.Parse([]byte(under(operator+"_if_exist", key, values[family])), known)
			if (err == nil) != (errIfExist == nil) {
				t.Errorf("%s of %s: %v, and with _if_exist %v", operator, key, err, errIfExist)
			}
			if err == nil && (len(families) == 0 || families[len(families)-1] != family) {
				families = append(families, family)
			}
		}
		if len(families) != 1 {
			t.Errorf("%s is taken by %v", key, families)
		}
	}
}
