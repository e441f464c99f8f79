package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// decode decodes the parameters of a request into a struct.
func decode(params []Param, request Request, into reflect.Value) error {
	body := request.Body
	if request.Fields != nil {
		for _, f := range request.Fields {
			if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
				return notUTF8()
			}
		}
		var err error
		if body, err = jsonOfForm(params, request.Fields); err != nil {
			return err
		}
		defer clear(body)
	}
	return decodeJSON(params, body, into)
}

// Decision: JSON types are exact, but 2.0 is 2; null is absent; a name given twice is InvalidParameter; an empty body is
// as {}.

// decodeJSON decodes a JSON object into a struct according to its parameters.
// Unlike encoding/json it takes names and types exactly (API page "Request
// Structure"): "limit" is not Limit, "2" is not 2; but 2.0 is, as some clients
// write it. null counts as absent. The checks come in this order: unknown,
// missing, then type and bounds of each parameter in the order of the schema.
func decodeJSON(params []Param, body []byte, into reflect.Value) error {
	if !utf8.Valid(body) {
		return notUTF8()
	}
	if len(bytes.TrimSpace(body)) == 0 { // the C++ SDK sends nothing where there are no parameters
		body = []byte("{}")
	}
	if !json.Valid(body) {
		return Fail(CodeInvalidParameter, Text{"The request body is not valid JSON.", "请求体不是有效的 JSON。"})
	}
	return decodeObject(params, body, "", into)
}

// decodeObject decodes raw, which is valid JSON. path names the object in
// messages: "" for the request, "Tags.0" for an element.
func decodeObject(params []Param, raw []byte, path string, into reflect.Value) error {
	values, isObject, err := membersOf(params, raw, path)
	if err != nil {
		return err
	}
	if !isObject {
		if path == "" {
			return Fail(CodeInvalidParameter, Text{"The request body is not a JSON object.", "请求体不是 JSON 对象。"})
		}
		return WrongType(path, Object)
	}
	for i := range params {
		if p := &params[i]; p.Required && isEmpty(values[i]) {
			return MissingParameter(join(path, p.Name))
		}
	}
	for i := range params {
		p, value := &params[i], values[i]
		field := into.FieldByIndex(p.index)
		if value == nil || isNull(value) {
			if p.Default != nil {
				field.SetInt(*p.Default)
			}
			continue
		}
		if err := p.decode(value, join(path, p.Name), field); err != nil {
			return err
		}
	}
	return nil
}

// membersOf returns the values of an object's members, not yet looked at, as
// parts of raw and in the order of the schema; nil where a member is not given.
// The first name that the schema does not know is refused; so is one given
// twice: which of the two counts is not defined (RFC 8259 §4).
func membersOf(params []Param, raw []byte, path string) (values []json.RawMessage, isObject bool, err error) {
	in := scan{raw}
	if !in.opens('{') {
		return nil, false, nil
	}
	values = make([]json.RawMessage, len(params))
	for in.more('}') {
		name, err := unquote(in.value())
		if err != nil {
			return nil, false, err
		}
		i := findParam(params, name)
		if i < 0 {
			return nil, false, UnknownParameter(join(path, string(name)))
		}
		if values[i] != nil {
			return nil, false, GivenTwice(join(path, string(name)))
		}
		values[i] = in.value()
	}
	return values, true, nil
}

// unquote returns the text of a JSON string.
func unquote(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return []byte(text), err
}

func (p *Param) decode(raw json.RawMessage, path string, into reflect.Value) error {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch p.Type {
	case String:
		if raw[0] != '"' {
			return WrongType(path, String)
		}
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		into.SetString(text)
	case Boolean:
		if raw[0] != 't' && raw[0] != 'f' {
			return WrongType(path, Boolean)
		}
		into.SetBool(raw[0] == 't')
	case Integer:
		n, ok := parseInteger(string(raw))
		if !ok {
			return WrongType(path, Integer)
		}
		if p.Min != nil && n < *p.Min || p.Max != nil && n > *p.Max {
			return invalidInteger(path, n, p)
		}
		into.SetInt(n)
	case Object:
		return decodeObject(p.Fields, raw, path, into)
	case Array:
		return p.decodeArray(raw, path, into)
	}
	return nil
}

// maxElements bounds a list that has no bound of its own: no action takes more.
const maxElements = 1000

// decodeArray stops at the first element over the bound, so that a body of
// the largest size cannot make a slice many times as large.
func (p *Param) decodeArray(raw json.RawMessage, path string, into reflect.Value) error {
	in := scan{raw}
	if !in.opens('[') {
		return WrongType(path, Array)
	}
	most := int64(maxElements)
	if p.Max != nil {
		most = *p.Max
	}
	elements := reflect.MakeSlice(into.Type(), 0, 0)
	for in.more(']') {
		i := elements.Len()
		if int64(i) >= most {
			return tooMany(path, most)
		}
		elements = reflect.Append(elements, reflect.Zero(into.Type().Elem()))
		if err := p.Elem.decode(in.value(), join(path, strconv.Itoa(i)), elements.Index(i)); err != nil {
			return err
		}
	}
	if p.Required && elements.Len() == 0 {
		return MissingParameter(path)
	}
	into.Set(elements)
	return nil
}

// parseInteger reads a JSON number that is an integer: 2, but also 2.0 and 2e0.
func parseInteger(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	const exact = 1 << 53 // above it a float is not one integer
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

// findParam returns the place of the parameter of a name, -1 where there is none.
func findParam[Text string | []byte](params []Param, name Text) int {
	for i := range params {
		if params[i].Name == string(name) {
			return i
		}
	}
	return -1
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// Decision: an empty text for a required parameter is MissingParameter, as an absent one is.

func isEmpty(raw json.RawMessage) bool {
	return len(raw) == 0 || isNull(raw) || string(raw) == `""`
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return fmt.Sprintf("%s.%s", path, name)
}

func notUTF8() *Error {
	return Fail(CodeInvalidParameter, Text{"The parameters are not valid UTF-8.", "参数不是有效的 UTF-8。"})
}
