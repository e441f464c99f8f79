package action

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Type is a parameter's type, in the words of the API's documentation.
type Type string

// The types that parameters have.
const (
	String  Type = "string"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Object  Type = "object"
	Array   Type = "array"
)

// Param describes a parameter of a request, or a field of a response. It is
// read from a struct field:
//
//	Limit int64 `api:"default=10,min=0,max=100" doc:"Page size."`
//
// The wire name is the Go name. Types are string, int64, bool, a struct, a
// slice of these, or a pointer to one of the first three where an absent value
// is not the same as an empty one. In the tag api:
//
//	required   absent, null and the empty string are refused
//	secret     not to be shown, nor to be given where others can see it
//	lines      a text of several lines, as PEM
//	default=N  of an integer
//	min=N      lower bound of an integer
//	max=N      upper bound of an integer; most elements of an array
//
// Beside it, zh is doc in Chinese, and eg has values that a reader may begin
// with, separated by bars.
//
// The parameters of an embedded struct stand among those around it; "required"
// on the embedding makes all of them so. Fields that are not exported are none.
type Param struct {
	Name     string
	Type     Type
	Doc      string   `json:",omitempty"`
	Zh       string   `json:",omitempty"` // Doc in Chinese
	Required bool     `json:",omitempty"`
	Secret   bool     `json:",omitempty"`
	Lines    bool     `json:",omitempty"` // a text of several lines
	Nullable bool     `json:",omitempty"` // null or absent is not the same as empty
	Eg       []string `json:",omitempty"` // values to begin with
	Default  *int64   `json:",omitempty"`
	Min      *int64   `json:",omitempty"`
	Max      *int64   `json:",omitempty"`
	Elem     *Param   `json:",omitempty"` // of an array
	Fields   []Param  `json:",omitempty"` // of an object

	index []int // of the field, from the outermost struct
}

// paramsOf reads the parameters of a struct type, in order.
func paramsOf(t reflect.Type) []Param {
	params, err := fieldsOf(t)
	if err != nil {
		panic(fmt.Sprintf("action: %s: %v", t, err))
	}
	return params
}

func fieldsOf(t reflect.Type) ([]Param, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("is not a struct")
	}
	var params []Param
	for field := range t.Fields() {
		if !field.IsExported() && !field.Anonymous {
			continue
		}
		p := Param{Name: field.Name, Doc: field.Tag.Get("doc"), Zh: field.Tag.Get("zh"), index: field.Index}
		if eg := field.Tag.Get("eg"); eg != "" {
			p.Eg = strings.Split(eg, "|")
		}
		if err := p.readTag(field.Tag.Get("api")); err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		if field.Anonymous {
			inner, err := fieldsOf(field.Type)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", field.Name, err)
			}
			for _, in := range inner {
				in.index = append([]int{field.Index[0]}, in.index...)
				in.Required = in.Required || p.Required
				params = append(params, in)
			}
			continue
		}
		if err := p.readType(field.Type); err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		params = append(params, p)
	}
	return params, nil
}

func (p *Param) readType(t reflect.Type) error {
	if t.Kind() == reflect.Pointer && (t.Elem().Kind() == reflect.String || t.Elem().Kind() == reflect.Int64 || t.Elem().Kind() == reflect.Bool) {
		t, p.Nullable = t.Elem(), true
	}
	switch t.Kind() {
	case reflect.String:
		p.Type = String
	case reflect.Int64:
		p.Type = Integer
	case reflect.Bool:
		p.Type = Boolean
	case reflect.Struct:
		p.Type = Object
		fields, err := fieldsOf(t)
		if err != nil {
			return err
		}
		p.Fields = fields
	case reflect.Slice:
		p.Type = Array
		p.Elem = &Param{Name: p.Name}
		return p.Elem.readType(t.Elem())
	default:
		return fmt.Errorf("type %s has no counterpart in the API", t)
	}
	return nil
}

func (p *Param) readTag(tag string) error {
	if tag == "" {
		return nil
	}
	for option := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "required":
			p.Required = true
			continue
		case "secret":
			p.Secret = true
			continue
		case "lines":
			p.Lines = true
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("option %q of the tag: %w", option, err)
		}
		switch name {
		case "default":
			p.Default = &n
		case "min":
			p.Min = &n
		case "max":
			p.Max = &n
		default:
			return fmt.Errorf("unknown option %q in the tag", option)
		}
	}
	return nil
}

// Bounds says in words what values an integer may have; "" where any.
func (p *Param) Bounds() string {
	switch {
	case p.Type != Integer:
		return ""
	case p.Min != nil && p.Max != nil:
		return fmt.Sprintf("from %d to %d", *p.Min, *p.Max)
	case p.Min != nil:
		return fmt.Sprintf("at least %d", *p.Min)
	case p.Max != nil:
		return fmt.Sprintf("at most %d", *p.Max)
	}
	return ""
}

// interval is Bounds as an interval, for either language.
func (p *Param) interval() string {
	low, high := "-∞", "+∞"
	if p.Min != nil {
		low = strconv.FormatInt(*p.Min, 10)
	}
	if p.Max != nil {
		high = strconv.FormatInt(*p.Max, 10)
	}
	return "[" + low + ", " + high + "]"
}
