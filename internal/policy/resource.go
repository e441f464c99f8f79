package policy

import (
	"fmt"
	"slices"
	"strings"
)

// resource is a pattern of resources: `*`, or the six segments
// qcs:project_id:service_type:region:account:resource of CAM's "Resource
// Description Method".
type resource struct {
	text    string
	all     bool
	service string // a pattern; empty for every service
	account string // a pattern of "uin/UIN"; empty for the user's own account
	id      string // a pattern of "csr/ID"
}

// target is the resource of a request.
type target struct {
	all     bool // "*": the action is about no resource
	service string
	account string
	id      string
}

// Decision: an action that is about no single resource, as CreateCSR, is covered by the resource `*` and by six
// segments that end in `:*`, as the cloud's own examples write them (`qcs::ssl:::*`), not by `csr/*`.

// covers reports whether the pattern covers what a request is about.
func (r resource) covers(t target) bool {
	switch {
	case r.all:
		return true
	case r.service != "" && !matches(r.service, t.service):
		return false
	case r.account != "" && !matches(r.account, t.account):
		return false
	case t.all:
		return onlyStars(r.id)
	}
	return matches(r.id, t.id)
}

// targetOf reads the resource of a request. Whoever asks about something else
// than what policies can speak of is refused: no deny could reach it.
func targetOf(r Request) (t target, refusal string) {
	own := fmt.Sprintf("uin/%d", r.Account)
	product, _, _ := strings.Cut(r.Action, ":")
	if r.Resource == "*" {
		return target{all: true, service: product, account: own}, ""
	}
	s := strings.SplitN(r.Resource, ":", 6)
	if len(s) < 6 || s[0] != "qcs" || s[1] != "" || s[2] == "" || s[3] != "" || s[5] == "" {
		return t, fmt.Sprintf("Resource %s is neither `*` nor qcs::SERVICE::uin/UIN:csr/ID, so nothing can be allowed on it.", quoted(r.Resource))
	}
	if s[4] == "" {
		s[4] = own
	}
	if s[4] != own {
		return t, fmt.Sprintf("Resource %s is not of account %d, and policies allow nothing outside their own account.", quoted(r.Resource), r.Account)
	}
	return target{service: s[2], account: s[4], id: s[5]}, ""
}

// resource checks a pattern of resources.
func (c *checker) resource(n node) resource {
	r := resource{text: n.text, all: n.text == "*"}
	if r.all {
		return r
	}
	wrong := func(format string, args ...any) resource {
		c.add(n.line, "resource %s %s", quoted(n.text), fmt.Sprintf(format, args...))
		return r
	}
	s := strings.SplitN(n.text, ":", 6)
	if len(s) < 6 || s[0] != "qcs" {
		return wrong("must be `*` or six segments, qcs::ssl::uin/UIN:csr/ID")
	}
	r.service, r.account, r.id = s[2], s[4], s[5]
	uin, isUin := strings.CutPrefix(r.account, "uin/")
	id, isCSR := strings.CutPrefix(r.id, "csr/")
	products := c.products()
	switch {
	case s[1] != "":
		return wrong("has a project, which CAM no longer takes: leave the second segment empty")
	case r.service != "" && len(products) > 0 && !slices.ContainsFunc(products, func(p string) bool { return matches(r.service, p) }):
		return wrong("is of service `%s`, and csrd has %s", r.service, listed(products, "and"))
	case !onlyStars(s[3]):
		return wrong("has a region, and csrd has none: leave the fourth segment empty")
	case strings.HasPrefix(r.account, "uid/"):
		return wrong("names an account by its APPID, which csrd does not know: write uin/UIN")
	case !onlyStars(r.account) && !(isUin && isNumber(uin)):
		return wrong("must have uin/UIN, or nothing for the own account, as its fifth segment")
	case r.id == "" || !onlyStars(r.id) && !(isCSR && isNumber(id)):
		return wrong("must end in csr/ID, csr/* or *: csrd has no other resources, and ids are numbers")
	}
	return r
}

// onlyStars reports whether a pattern is empty or fits everything.
func onlyStars(pattern string) bool { return strings.Trim(pattern, "*") == "" }

// isNumber reports whether a pattern can match a number.
func isNumber(pattern string) bool {
	return pattern != "" && strings.Trim(pattern, "0123456789*") == ""
}
