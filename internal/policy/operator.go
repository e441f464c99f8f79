package policy

import (
	"fmt"
	"slices"
	"strings"
)

// operator compares what a request has with one value of a policy.
type operator struct {
	name     string
	says     string // between key and values
	kind     kind
	negative bool // holds where match is true for none of the values
	pattern  bool // the values are patterns
	match    func(have, wanted value) bool
}

// operators are CAM's for the kinds of values that exist here ("Condition Keys
// and Condition Operators"; string_like and string_not_like are in an older
// version of that page only).
var operators = func() []operator {
	equal := func(have, wanted value) bool { return have.text == wanted.text }
	fold := func(have, wanted value) bool { return strings.EqualFold(have.text, wanted.text) }
	like := func(have, wanted value) bool { return matches(wanted.text, have.text) }
	within := func(have, wanted value) bool { return wanted.prefix.Contains(have.address) }
	order := func(holds func(sign int) bool) func(have, wanted value) bool {
		return func(have, wanted value) bool { return holds(have.time.Compare(wanted.time)) }
	}
	same := order(func(sign int) bool { return sign == 0 })
	return []operator{
		{name: "string_equal", says: "is", kind: ofText, match: equal},
		{name: "string_not_equal", says: "is not", kind: ofText, negative: true, match: equal},
		{name: "string_equal_ignore_case", says: "equals (in any case)", kind: ofText, match: fold},
		{name: "string_not_equal_ignore_case", says: "does not equal (in any case)", kind: ofText, negative: true, match: fold},
		{name: "string_like", says: "is like", kind: ofText, pattern: true, match: like},
		{name: "string_not_like", says: "is not like", kind: ofText, pattern: true, negative: true, match: like},
		{name: "ip_equal", says: "is in", kind: ofAddress, match: within},
		{name: "ip_not_equal", says: "is not in", kind: ofAddress, negative: true, match: within},
		{name: "date_equal", says: "is", kind: ofTime, match: same},
		{name: "date_not_equal", says: "is not", kind: ofTime, negative: true, match: same},
		{name: "date_less_than", says: "is before", kind: ofTime, match: order(func(sign int) bool { return sign < 0 })},
		{name: "date_less_than_equal", says: "is not after", kind: ofTime, match: order(func(sign int) bool { return sign <= 0 })},
		{name: "date_greater_than", says: "is after", kind: ofTime, match: order(func(sign int) bool { return sign > 0 })},
		{name: "date_greater_than_equal", says: "is not before", kind: ofTime, match: order(func(sign int) bool { return sign >= 0 })},
	}
}()

// operatorNamed reads an operator with its suffix, or says what is wrong.
func operatorNamed(name string) (o operator, ifExist bool, problem string) {
	if qualifier, plain, ok := strings.Cut(name, ":"); ok && (qualifier == "for_any_value" || qualifier == "for_all_value") {
		return o, false, fmt.Sprintf("%s is for keys of several values, and no key here has several: write %s", quoted(name), quoted(plain))
	}
	plain, ifExist := strings.CutSuffix(name, "_if_exist")
	if i := slices.IndexFunc(operators, func(o operator) bool { return o.name == plain }); i >= 0 {
		return operators[i], ifExist, ""
	}
	lower := strings.ToLower(strings.TrimSpace(plain))
	family, _, _ := strings.Cut(lower, "_")
	var near []string
	for _, o := range operators {
		if o.name == lower {
			return o, false, fmt.Sprintf("operator %s is spelt `%s`", quoted(name), o.name)
		}
		if strings.HasPrefix(o.name, family+"_") {
			near = append(near, o.name)
		}
	}
	switch {
	case slices.Contains([]string{"numeric", "bool", "binary", "null"}, family):
		return o, false, fmt.Sprintf("operator %s is for keys that do not exist here; those here are %s", quoted(name), listed(keyNames(), "and"))
	case len(near) == 0:
		near = []string{"string_*", "ip_*", "date_*"}
	}
	return o, false, fmt.Sprintf("operator %s is not known; there are %s", quoted(name), strings.Join(near, ", "))
}
