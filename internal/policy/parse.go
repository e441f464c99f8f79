package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxCharacters is how long a document may be, white space included (CAM, "Use
// Limits").
const MaxCharacters = 6144

// Parse reads a policy document and checks it. The known actions, such as
// "ssl:DescribeCSR", are those that it may speak of: a pattern that matches none
// is a mistake. Without known actions that is not checked, for documents that
// were checked when they were saved: csrd may have lost an action since.
//
// The error is a [*SyntaxError], or several of them joined, in the order of
// their lines.
func Parse(text []byte, known []string) (*Document, error) {
	var wrong mistakes
	switch at := invalidAt(text); {
	case bytes.HasPrefix(text, []byte("\uFEFF")):
		return nil, &SyntaxError{1, "it begins with a byte order mark: save it as UTF-8 without one"}
	case at >= 0:
		return nil, &SyntaxError{lineAt(text, at), "it is not UTF-8"}
	}
	if n := utf8.RuneCount(text); n > MaxCharacters {
		end := len(string([]rune(string(text))[:MaxCharacters]))
		return nil, &SyntaxError{lineAt(text, end), fmt.Sprintf("it has %d characters and may have %d: this line passes that; divide it into several policies", n, MaxCharacters)}
	}
	root, err := readJSON(text, &wrong)
	if err != nil {
		return nil, err
	}
	c := checker{known: known, wrong: &wrong}
	document := c.document(root)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return document, nil
}

// invalidAt returns where a text stops being UTF-8, or -1.
func invalidAt(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// checker turns nodes into a document, and gathers what is wrong with them.
type checker struct {
	known []string
	wrong *mistakes
	where string // "statement 2: " while one is checked
}

func (c *checker) add(line int, format string, args ...any) {
	c.wrong.add(line, "%s", c.where+fmt.Sprintf(format, args...))
}

// elements are the members of an object by name. Those that are not allowed are
// mistakes, and so are those that are missing.
func (c *checker) elements(n node, needed, optional []string) map[string]node {
	allowed := append(slices.Clone(needed), optional...)
	found := map[string]node{}
	for _, m := range n.members {
		lower := strings.ToLower(m.name)
		switch {
		case slices.Contains(allowed, m.name):
			found[m.name] = m.value
			continue
		case lower == "principal":
			c.add(m.line, "%s has no place here: the policy is for the users whom it is attached to", quoted(m.name))
		case slices.Contains(allowed, lower):
			c.add(m.line, "%s must be lower case, `%s`", quoted(m.name), lower)
		default:
			c.add(m.line, "%s is not known here, only %s", quoted(m.name), listed(allowed, "and"))
		}
		if _, twice := found[lower]; !twice {
			found[lower] = node{} // it is there, though wrong
		}
	}
	for _, name := range needed {
		if _, ok := found[name]; !ok {
			c.add(n.line, "`%s` is missing", name)
		}
	}
	return found
}

// wants reports whether a node is of a kind. A node that is not there, or that
// was wrong before, is of none.
func (c *checker) wants(n node, name, kind string) bool {
	if n.kind != kind && n.kind != "" {
		c.add(n.line, "`%s` must be %s, and is %s", name, kind, n.kind)
	}
	return n.kind == kind
}

func (c *checker) document(root node) *Document {
	if root.kind != isObject {
		c.add(root.line, "a policy is a JSON object, and this is %s", root.kind)
		return nil
	}
	elements := c.elements(root, []string{"version", "statement"}, nil)
	if version := elements["version"]; c.wants(version, "version", isString) && version.text != "2.0" {
		c.add(version.line, "`version` must be \"2.0\", and is %s", quoted(version.text))
	}
	statements := elements["statement"]
	switch {
	case statements.kind == isObject:
		statements.items = []node{statements}
	case statements.kind != isArray && statements.kind != "":
		c.add(statements.line, "`statement` must be an array of objects, or one object, and is %s", statements.kind)
	case statements.kind == isArray && len(statements.items) == 0:
		c.add(statements.line, "`statement` is empty: such a policy says nothing")
	}
	document := &Document{}
	for i, n := range statements.items {
		c.where = fmt.Sprintf("statement %d: ", i+1)
		document.statements = append(document.statements, c.statement(n))
	}
	return document
}

func (c *checker) statement(n node) (s statement) {
	if n.kind != isObject {
		c.add(n.line, "it must be an object, and is %s", n.kind)
		return s
	}
	elements := c.elements(n, []string{"effect", "action", "resource"}, []string{"condition"})
	if effect := elements["effect"]; c.wants(effect, "effect", isString) {
		s.deny = effect.text == "deny"
		if effect.text != "allow" && effect.text != "deny" {
			c.add(effect.line, "`effect` must be \"allow\" or \"deny\", and is %s", quoted(effect.text))
		}
	}
	for _, text := range c.texts(elements["action"], "`action`") {
		s.actions = append(s.actions, c.action(text))
	}
	for _, text := range c.texts(elements["resource"], "`resource`") {
		s.resources = append(s.resources, c.resource(text))
	}
	if condition := elements["condition"]; c.wants(condition, "condition", isObject) {
		s.conditions = c.conditions(condition)
	}
	return s
}

// texts returns the strings of a node that is one string or an array of them.
func (c *checker) texts(n node, name string) (texts []node) {
	switch n.kind {
	case "":
		return nil
	case isString:
		n.items = []node{n}
	case isArray:
		if len(n.items) == 0 {
			c.add(n.line, "%s is empty", name)
		}
	default:
		c.add(n.line, "%s must be a string or an array of strings, and is %s", name, n.kind)
	}
	for _, item := range n.items {
		switch {
		case item.kind != isString:
			c.add(item.line, "%s must be a string or an array of strings, and has %s in it", name, item.kind)
		case item.text == "":
			c.add(item.line, "%s has an empty string in it", name)
		default:
			texts = append(texts, item)
		}
	}
	return texts
}
