package policy

import (
	"bytes"
	"encoding/json"
	"errors"
)

// node is a JSON value that knows its line.
type node struct {
	line    int
	kind    string   // as messages call it: "an object", "an array", "a string" or what else it is
	text    string   // of a string
	members []member // of an object, in order
	items   []node   // of an array
}

type member struct {
	name  string
	line  int
	value node
}

const (
	isObject = "an object"
	isArray  = "an array"
	isString = "a string"
)

// readJSON reads a JSON text whole. Names that stand twice in one object are
// added to the mistakes, and what is not JSON is the error.
func readJSON(text []byte, wrong *mistakes) (node, error) {
	var raw json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		mistake := &SyntaxError{lineAt(text, len(text)), "it is not JSON: " + err.Error()}
		if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
			// Offset counts what was read, the byte that is wrong included.
			mistake.Line = lineAt(text, max(int(syntax.Offset)-1, 0))
		}
		return node{}, mistake
	}
	r := reader{text, json.NewDecoder(bytes.NewReader(text)), wrong}
	r.tokens.UseNumber()
	return r.value()
}

// lineAt returns the line, from 1, of a place in a text.
func lineAt(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte("\n")) }

type reader struct {
	text   []byte
	tokens *json.Decoder
	wrong  *mistakes
}

// line is that of the token read last; no token has a line break in it.
func (r *reader) line() int { return lineAt(r.text, int(r.tokens.InputOffset())) }

func (r *reader) value() (node, error) {
	token, err := r.tokens.Token()
	if err != nil {
		return node{}, err
	}
	n := node{line: r.line()}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			n.kind = isObject
			n.members, err = r.object()
		} else {
			n.kind = isArray
			n.items, err = r.array()
		}
		if err != nil {
			return node{}, err
		}
		_, err = r.tokens.Token() // the end of it
	case string:
		n.kind, n.text = isString, token
	case json.Number:
		n.kind = "a number"
	case bool:
		n.kind = "a boolean"
	default:
		n.kind = "null"
	}
	return n, err
}

func (r *reader) object() (members []member, err error) {
	first := map[string]int{}
	for r.tokens.More() {
		token, err := r.tokens.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: token.(string), line: r.line()}
		if m.value, err = r.value(); err != nil {
			return nil, err
		}
		if line, twice := first[m.name]; twice {
			r.wrong.add(m.line, "%s stands twice in this object, before on line %d", quoted(m.name), line)
			continue
		}
		first[m.name] = m.line
		members = append(members, m)
	}
	return members, nil
}

func (r *reader) array() (items []node, err error) {
	for r.tokens.More() {
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
