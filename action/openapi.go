package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Documented is a product's table of actions as documents read it.
type Documented struct {
	Product, Version string
	Specs            []Spec
}

// Decision: in the OpenAPI description each action has a path of its own, /ActionName, since a path of OpenAPI has one
// operation for each method; csrd answers any path alike, and the cloud is called at / with the same headers.

// OpenAPI returns a description of the actions in OpenAPI 3.1, as indented JSON
// that ends with a line end. Names that begin with x- are csrd's own: the texts
// in Chinese, what is secret, the codes that an action answers with.
func OpenAPI(products ...Documented) ([]byte, error) {
	paths, schemas, tags := object{}, object{}, []object{}
	for _, product := range products {
		tags = append(tags, object{{"name", product.Product}, {"description", "Version " + product.Version + "."}})
		for _, spec := range product.Specs {
			operation, err := operationOf(product, spec)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", spec.Name, err)
			}
			paths = append(paths, member{"/" + spec.Name, object{{"post", operation}}})
			schemas = append(schemas,
				member{spec.Name + "Request", schemaOfRequest(spec)},
				member{spec.Name + "Response", responseOf(spec)})
		}
	}
	schemas = append(schemas, member{"Failure", failure()})
	raw, err := json.Marshal(object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", "csrd"},
			{"version", versions(products)},
			{"summary", "Certificate signing requests and their private keys, by the wire protocol of Tencent Cloud's SSL API."},
			{"description", description},
			{"license", object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
		}},
		{"servers", []object{{{"url", "/"}, {"description", "This csrd."}}}},
		{"security", []object{{{"TC3", []string{}}}}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{{"TC3", object{
				{"type", "apiKey"}, {"in", "header"}, {"name", "Authorization"}, {"description", security},
			}}}},
			{"schemas", schemas},
			{"parameters", commonParameters()},
		}},
	})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, raw, "", "  "); err != nil {
		return nil, err
	}
	text.WriteByte('\n')
	return text.Bytes(), nil
}

const description = "Every action is a POST of a JSON object, signed with an access key; an error is an HTTP 200 too, with Response.Error. " +
	"The header X-TC-Action names the action and X-TC-Version the product. csrd answers at any path, so each action has one here; at the cloud the path is /. " +
	"Requests by GET, forms and signature v1 are taken as well, and not described here."

const security = "TC3-HMAC-SHA256 Credential=SecretId/Date/Service/tc3_request, SignedHeaders=content-type;host, Signature=… " +
	"(API page \"Signature v3\"). A generated client has to compute it for each request; the page /explorer/ shows it with every value on the way, for requests tried by hand."

func versions(products []Documented) string {
	var all []string
	for _, p := range products {
		all = append(all, p.Product+" "+p.Version)
	}
	return strings.Join(all, ", ")
}

// An object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, "%q:", m.name) // names are ASCII
		var value bytes.Buffer
		encoder := json.NewEncoder(&value)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(m.value); err != nil {
			return nil, err
		}
		text = append(text, bytes.TrimSpace(value.Bytes())...)
	}
	return append(text, '}'), nil
}

func operationOf(product Documented, spec Spec) (object, error) {
	example := func(text string) (json.RawMessage, error) {
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("its example is not JSON: %q", text)
		}
		return json.RawMessage(text), nil
	}
	parameters, err := example(spec.Example.Parameters)
	if err != nil {
		return nil, err
	}
	response, err := example(spec.Example.Response)
	if err != nil {
		return nil, err
	}
	header := func(name, value, doc string) object {
		return object{{"name", name}, {"in", "header"}, {"required", true}, {"description", doc},
			{"schema", object{{"type", "string"}, {"enum", []string{value}}, {"default", value}}}}
	}
	headers := []object{header("X-TC-Action", spec.Name, "The action."), header("X-TC-Version", product.Version, "Version of the product "+product.Product+".")}
	for _, common := range commonParameters() {
		headers = append(headers, object{{"$ref", "#/components/parameters/" + common.name}})
	}
	codes := []object{}
	for _, o := range spec.Outcomes {
		if o.Never == "" {
			codes = append(codes, object{{"code", o.Code}, {"when", o.When}, {"when-zh", o.WhenZh}})
		}
	}
	return object{
		{"operationId", spec.Name},
		{"tags", []string{product.Product}},
		{"summary", spec.Summary},
		{"description", strings.TrimSpace(spec.Doc + "\n\n" + codesText(spec))},
		{"x-summary-zh", spec.SummaryZh},
		{"x-description-zh", spec.DocZh},
		{"x-requests-per-second", spec.Rate},
		{"x-codes", codes},
		{"parameters", headers},
		{"requestBody", object{{"required", true}, {"content", object{{"application/json", object{
			{"schema", object{{"$ref", "#/components/schemas/" + spec.Name + "Request"}}},
			{"example", parameters},
		}}}}}},
		{"responses", object{{"200", object{
			{"description", "What was answered, or Error."},
			{"headers", object{{"X-TC-RequestId", object{{"description", "As in the body."}, {"schema", object{{"type", "string"}}}}}}},
			{"content", object{{"application/json", object{
				{"schema", object{{"$ref", "#/components/schemas/" + spec.Name + "Response"}}},
				{"example", object{{"Response", response}}},
			}}}},
		}}}},
	}, nil
}

// codesText lists the codes of an action for readers of its description.
func codesText(spec Spec) string {
	text := "Error codes, besides the common ones:\n"
	for _, o := range spec.Outcomes {
		if o.Never == "" {
			text += fmt.Sprintf("\n- `%s`: %s", o.Code, o.When)
		}
	}
	return text
}

// commonParameters are the headers that every call has besides its action and
// version (API page "Common Params").
func commonParameters() object {
	header := func(name string, required bool, doc string, schema object) object {
		return object{{"name", name}, {"in", "header"}, {"required", required}, {"description", doc}, {"schema", schema}}
	}
	return object{
		{"Timestamp", header("X-TC-Timestamp", true, "Seconds since 1970 in UTC, as they were signed; at most 300 off.", object{{"type", "integer"}, {"format", "int64"}})},
		{"Token", header("X-TC-Token", false, "Token of a temporary credential.", object{{"type", "string"}})},
		{"Language", header("X-TC-Language", false, "Language of messages.", object{{"type", "string"}, {"enum", []Language{English, Chinese}}, {"default", English}})},
		{"Region", header("X-TC-Region", false, "Taken and not needed.", object{{"type", "string"}})},
	}
}

func schemaOfRequest(spec Spec) object {
	return append(schemaOfObject(spec.Params, false), member{"additionalProperties", false})
}

func responseOf(spec Spec) object {
	return object{{"type", "object"}, {"required", []string{"Response"}}, {"properties", object{{"Response", object{
		{"oneOf", []object{schemaOfObject(spec.Result, true), {{"$ref", "#/components/schemas/Failure"}}}},
	}}}}}
}

func failure() object {
	text := func(doc string) object { return object{{"type", "string"}, {"description", doc}} }
	return object{{"type", "object"}, {"required", []string{"Error", "RequestId"}}, {"properties", object{
		{"Error", object{{"type", "object"}, {"required", []string{"Code", "Message"}}, {"properties", object{
			{"Code", text("The code, one of those of the action or a common one.")},
			{"Message", text("What is wrong, in the language that was asked for.")},
		}}}},
		{"RequestId", text("Unique id of the request.")},
	}}}
}

// schemaOfObject describes the parameters of a request, or the fields of a
// response, which has all of them.
func schemaOfObject(params []Param, answered bool) object {
	properties, required := object{}, []string{}
	for _, p := range params {
		properties = append(properties, member{p.Name, p.schema(answered)})
		if p.Required || answered {
			required = append(required, p.Name)
		}
	}
	schema := object{{"type", Object}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	return schema
}

func (p *Param) schema(answered bool) object {
	var schema object
	switch p.Type {
	case Object:
		schema = schemaOfObject(p.Fields, answered)
	case Array:
		schema = object{{"type", Array}, {"items", p.Elem.schema(answered)}}
		schema = schema.with("minItems", p.Required && !answered, 1).with("maxItems", p.Max != nil, p.Max)
	default:
		schema = object{{"type", p.Type}}
		if answered && p.Nullable {
			schema = object{{"type", []Type{p.Type, "null"}}}
		}
		schema = schema.with("format", p.Type == Integer, "int64").with("minimum", p.Min != nil, p.Min).with("maximum", p.Max != nil, p.Max).
			with("minLength", p.Type == String && p.Required && !answered, 1).with("format", p.Type == String && p.Secret && !p.Lines, "password")
	}
	return slices.Concat(schema, object{}.with("default", p.Default != nil, p.Default).with("description", p.Doc != "", p.Doc).
		with("examples", len(p.Eg) > 0, p.Eg).with("x-description-zh", p.Zh != "", p.Zh).with("x-secret", p.Secret, true).with("x-lines", p.Lines, true))
}

// with adds a member where it is there.
func (o object) with(name string, there bool, value any) object {
	if !there {
		return o
	}
	return append(o, member{name, value})
}
