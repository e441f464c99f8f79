package action

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Field is a parameter as a form, a query or a multipart body has it: flat,
// "CSRIds.0", "Tags.0.TagKey" (API page "Request Structure").
type Field struct {
	Name  string
	Value string
	// IsJSON says that Value is JSON: a multipart part that holds a list or an
	// object whole.
	IsJSON bool
}

// maxDepth bounds the names of fields: no parameter is nested deeper.
const maxDepth = 8

// node is a parameter put together of its fields.
type node struct {
	field    *Field // nil where there are children
	children map[string]*node
}

// jsonOfForm writes fields as the JSON object that a client would have sent
// instead, typed by the schema. What does not fit its type it writes as a
// string, for decodeJSON to refuse by name: so that the checks, and their
// order, are the same in every form.
func jsonOfForm(params []Param, fields []Field) ([]byte, error) {
	root := &node{}
	for i := range fields {
		if err := root.insert(&fields[i]); err != nil {
			return nil, err
		}
	}
	return appendObject(nil, params, root), nil
}

func (n *node) insert(f *Field) error {
	if f.IsJSON && !json.Valid([]byte(f.Value)) {
		return Fail(CodeInvalidParameter, Text{"The parameter `%s` is not valid JSON.", "参数 `%s` 不是有效的 JSON。"}, excerpt(f.Name))
	}
	path := strings.SplitN(f.Name, ".", maxDepth)
	for _, name := range path {
		if n.field != nil {
			return GivenTwice(f.Name)
		}
		if n.children == nil {
			n.children = map[string]*node{}
		}
		child := n.children[name]
		if child == nil {
			child = &node{}
			n.children[name] = child
		}
		n = child
	}
	if n.field != nil || n.children != nil {
		return GivenTwice(f.Name)
	}
	n.field = f
	return nil
}

// appendObject writes a node with children as an object. Members that the
// schema does not know come too: they are refused by name.
func appendObject(text []byte, params []Param, n *node) []byte {
	text = append(text, '{')
	for i, name := range slices.Sorted(maps.Keys(n.children)) {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendString(text, name)
		text = append(text, ':')
		var p *Param
		if at := findParam(params, name); at >= 0 {
			p = &params[at]
		}
		text = appendNode(text, p, n.children[name])
	}
	return append(text, '}')
}

// Decision: in forms and queries integers are decimal text, booleans true or false in any case or 1 or 0, and an empty
// text for either is absent; indexes of lists may have gaps.

// appendNode writes a node as a value of its parameter, nil where there is none.
func appendNode(text []byte, p *Param, n *node) []byte {
	switch {
	case n.field == nil && p != nil && p.Type == Array:
		return appendArray(text, p, n)
	case n.field == nil && p != nil:
		return appendObject(text, p.Fields, n)
	case n.field == nil:
		return append(text, "null"...)
	case n.field.IsJSON:
		return append(text, n.field.Value...)
	case p == nil || p.Type == String:
		return appendString(text, n.field.Value)
	case n.field.Value == "": // some clients send what was not set
		return append(text, "null"...)
	}
	switch p.Type {
	case Integer:
		if i, err := strconv.ParseInt(n.field.Value, 10, 64); err == nil {
			return strconv.AppendInt(text, i, 10)
		}
	case Boolean: // Python and .NET write True
		switch strings.ToLower(n.field.Value) {
		case "true", "1":
			return append(text, "true"...)
		case "false", "0":
			return append(text, "false"...)
		}
	}
	return appendString(text, n.field.Value)
}

// appendArray writes the children, named by their index, in order.
func appendArray(text []byte, p *Param, n *node) []byte {
	type element struct {
		index int
		node  *node
	}
	var elements []element
	for name, child := range n.children {
		index, err := strconv.Atoi(name)
		if err != nil || index < 0 || strconv.Itoa(index) != name {
			return appendObject(text, nil, n) // not a list: refused by type
		}
		elements = append(elements, element{index, child})
	}
	slices.SortFunc(elements, func(a, b element) int { return a.index - b.index })
	text = append(text, '[')
	for i, e := range elements {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendNode(text, p.Elem, e.node)
	}
	return append(text, ']')
}

func appendString(text []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(text, quoted...)
}
