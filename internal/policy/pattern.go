package policy

import (
	"slices"
	"strings"
)

// Decision: in policies `*` is the only wildcard, as in CAM's documentation, and case matters in the names of
// actions; a document with a `?` in their place is refused when it is saved.

// matches reports whether a text fits a pattern, in which `*` stands for any
// characters, or none, and everything else for itself.
func matches(pattern, text string) bool {
	part, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, part)
	for ok {
		if part, rest, wild = strings.Cut(rest, "*"); !wild {
			return strings.HasSuffix(text, part)
		}
		_, text, ok = strings.Cut(text, part)
	}
	return false
}

// firstMatch returns the first pattern that a text fits.
func firstMatch(patterns []string, text string) (pattern string, ok bool) {
	i := slices.IndexFunc(patterns, func(pattern string) bool { return matches(pattern, text) })
	if i < 0 {
		return "", false
	}
	return patterns[i], true
}

// action checks a pattern of actions and returns it without the prefix `name/`,
// which CAM documents as another spelling ("Element Reference Overview").
func (c *checker) action(n node) string {
	pattern := strings.TrimPrefix(n.text, "name/")
	fits := func(action string) bool { return matches(pattern, action) }
	if len(c.known) == 0 || slices.ContainsFunc(c.known, fits) {
		return pattern
	}
	lower := strings.ToLower(pattern)
	if i := slices.IndexFunc(c.known, func(action string) bool { return matches(lower, strings.ToLower(action)) }); i >= 0 {
		c.add(n.line, "action %s matches no action of csrd: case matters, as in `%s`", quoted(n.text), c.known[i])
		return pattern
	}
	product, _, _ := strings.Cut(pattern, ":")
	var near []string
	for _, action := range c.known {
		if strings.HasPrefix(action, product+":") {
			near = append(near, action)
		}
	}
	if len(near) == 0 {
		near = c.products()
		for i := range near {
			near[i] += ":*"
		}
	}
	c.add(n.line, "action %s matches no action of csrd, which has %s", quoted(n.text), strings.Join(near, ", "))
	return pattern
}

// products are those of the known actions, in order.
func (c *checker) products() (products []string) {
	for _, action := range c.known {
		if product, _, _ := strings.Cut(action, ":"); !slices.Contains(products, product) {
			products = append(products, product)
		}
	}
	return products
}
