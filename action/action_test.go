package action_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"csrd/action"
)

func do(t testing.TB, version, name, body string) (string, error) {
	t.Helper()
	d := action.NewDispatcher(toyTable().Bind(&greeter{"Hello"}))
	response, err := d.Do(t.Context(), &action.Call{RequestID: "r-1"}, action.Request{Version: version, Action: name, Body: []byte(body)})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
}

func TestDoAnswersWithTheRequestIdLast(t *testing.T) {
	got, err := do(t, "2020-01-01", "Greet", `{"Name":"Ann","Age":30,"Title":"Dr","Times":2}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Text":"Hello, Hello, Dr Ann","Pets":null,"RequestId":"r-1"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDoFindsActionsByVersionAndExactName(t *testing.T) {
	for _, test := range []struct {
		version, name string
		want          action.Code
	}{
		{"2020-01-02", "Greet", action.CodeNoSuchVersion},
		{"", "Greet", action.CodeNoSuchVersion},
		{"2020-01-01", "greet", action.CodeInvalidAction},
		{"2020-01-01", "", action.CodeInvalidAction},
	} {
		_, err := do(t, test.version, test.name, `{"Name":"Ann","Age":1}`)
		checkCode(t, test.version+" "+test.name, err, test.want, "")
	}
}

func checkCode(t *testing.T, what string, err error, want action.Code, text string) {
	t.Helper()
	var wire *action.Error
	if !errors.As(err, &wire) || wire.Code != want || !strings.Contains(wire.Message(action.English), text) {
		t.Errorf("%s: error %v, want %s with %q", what, err, want, text)
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	const who = `"Name":"Ann","Age":1`
	for _, test := range []struct {
		name, body string
		want       action.Code
		text       string
	}{
		{"not JSON", `{`, action.CodeInvalidParameter, "not valid JSON"},
		{"two JSON texts", `{} {}`, action.CodeInvalidParameter, "not valid JSON"},
		{"an array", `[]`, action.CodeInvalidParameter, "not a JSON object"},
		{"a number beyond any float", `1e999`, action.CodeInvalidParameter, "not a JSON object"},
		{"a number beyond any float for an object", `{` + who + `,"Pets":[1e999]}`, action.CodeInvalidParameter, "`Pets.0`"},
		{"null", `null`, action.CodeInvalidParameter, "not a JSON object"},
		{"not UTF-8", "{\"Name\":\"\xff\"}", action.CodeInvalidParameter, "UTF-8"},
		{"unknown name", `{` + who + `,"Nmae":1}`, action.CodeUnknownParameter, "`Nmae`"},
		{"name in another case", `{"name":"Ann"}`, action.CodeUnknownParameter, "`name`"},
		{"unknown before missing", `{"x":1}`, action.CodeUnknownParameter, "`x`"},
		{"very long unknown name", `{"` + strings.Repeat("x", 1000) + `":1}`, action.CodeUnknownParameter, "x…`"},
		{"given twice", `{` + who + `,"Loud":true,"Loud":false}`, action.CodeInvalidParameter, "`Loud` is given twice"},
		{"missing", `{}`, action.CodeMissingParameter, "`Name`"},
		{"missing for being empty", `{"Name":""}`, action.CodeMissingParameter, "`Name`"},
		{"missing for being null", `{"Name":null}`, action.CodeMissingParameter, "`Name`"},
		{"required by the embedding", `{"Name":"Ann"}`, action.CodeMissingParameter, "`Age`"},
		{"missing before type", `{"Name":1}`, action.CodeMissingParameter, "`Age`"},
		{"number for a string", `{"Name":1,"Age":1}`, action.CodeInvalidParameter, "`Name` is wrong. The type should be `string`"},
		{"string for an integer", `{` + who + `,"Times":"2"}`, action.CodeInvalidParameter, "`Times` is wrong. The type should be `integer`"},
		{"fraction", `{` + who + `,"Times":2.5}`, action.CodeInvalidParameter, "`Times`"},
		{"integer beyond 64 bits", `{` + who + `,"Times":9223372036854775808}`, action.CodeInvalidParameter, "`Times`"},
		{"huge exponent", `{` + who + `,"Times":1e999999999}`, action.CodeInvalidParameter, "`Times`"},
		{"string for a boolean", `{` + who + `,"Loud":"true"}`, action.CodeInvalidParameter, "`boolean`"},
		{"number for a boolean", `{` + who + `,"Loud":1}`, action.CodeInvalidParameter, "`boolean`"},
		{"object for an array", `{` + who + `,"Pets":{}}`, action.CodeInvalidParameter, "`Pets` is wrong. The type should be `array`"},
		{"string for an object", `{` + who + `,"Pets":["dog"]}`, action.CodeInvalidParameter, "`Pets.0` is wrong. The type should be `object`"},
		{"null for an element", `{` + who + `,"Lucky":[null]}`, action.CodeInvalidParameter, "`Lucky.0`"},
		{"unknown in an element", `{` + who + `,"Pets":[{"Kind":"dog"},{"kind":"cat"}]}`, action.CodeUnknownParameter, "`Pets.1.kind`"},
		{"missing in an element", `{` + who + `,"Pets":[{"Legs":4}]}`, action.CodeMissingParameter, "`Pets.0.Kind`"},
		{"below the bound", `{` + who + `,"Times":0}`, action.CodeInvalidParameterValue, "`0` specified in the parameter `Times` is not valid: it must be from 1 to 3"},
		{"above the bound", `{` + who + `,"Times":4}`, action.CodeInvalidParameterValue, "`Times`"},
		{"too many elements", `{` + who + `,"Lucky":[1,2,3,4]}`, action.CodeInvalidParameterValue, "at most 3"},
		{"bound before type further on", `{` + who + `,"Lucky":[1,2,3,"x"]}`, action.CodeInvalidParameterValue, "at most 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := do(t, "2020-01-01", "Greet", test.body)
			checkCode(t, test.body, err, test.want, test.text)
		})
	}
}

func TestParametersThatAreTaken(t *testing.T) {
	for _, body := range []string{
		`{"Name":"Ann","Age":0}`,
		`{"Name":"Ann","Age":1,"Times":null,"Loud":null,"Pets":null,"Title":null}`,
		`{"Name":"Ann","Age":1,"Times":2.0}`,
		`{"Name":"Ann","Age":1.5e1,"Times":2e0}`,
		` { "Name" : "Ann" , "Age" : 1 , "Lucky" : [ 1 , 2 , 3 ] , "Pets" : [ ] } `,
		`{"Name":"\u0041nn","Age":-0,"Pets":[{"Kind":"dog","Legs":4},{"Kind":"fish"}],"Loud":true}`,
	} {
		if _, err := do(t, "2020-01-01", "Greet", body); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestHandlersErrorReachesTheCallerAsItIs(t *testing.T) {
	_, err := do(t, "2020-01-01", "Greet", `{"Name":"nobody","Age":1}`)
	checkCode(t, "nobody", err, "ResourceNotFound", "There is nobody.")
}

func TestSpecDescribesTheAction(t *testing.T) {
	spec := toyTable().Specs()[0]
	var got []string
	for _, p := range spec.Params {
		line := p.Name + " " + string(p.Type)
		if p.Required {
			line += " required"
		}
		if p.Elem != nil {
			line += " of " + string(p.Elem.Type)
		}
		if b := p.Bounds(); b != "" {
			line += " " + b
		}
		got = append(got, line)
	}
	want := []string{
		"Name string required", "Age integer required from 0 to 150", "Times integer from 1 to 3", "Loud boolean",
		"Title string", "Pets array of object", "Lucky array of integer",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parameters\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if last := spec.Result[len(spec.Result)-1]; last.Name != "RequestId" {
		t.Errorf("last field of the response is %s", last.Name)
	}
}

func TestTableMistakesPanicAtOnce(t *testing.T) {
	panics := func(what string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", what)
			}
		}()
		f()
	}
	table := toyTable()
	table.Actions = append(table.Actions, table.Actions[0])
	panics("an action twice", func() { table.Bind(nil) })
	panics("a version twice", func() { action.NewDispatcher(toyTable().Bind(nil), toyTable().Bind(nil)) })
}

// Whatever the body, decoding does not panic, and every refusal has a code.
func FuzzDecode(f *testing.F) {
	f.Add(`{"Name":"Ann","Age":30,"Title":"Dr","Times":2,"Pets":[{"Kind":"dog","Legs":4}],"Lucky":[1,2.0,3e0],"Loud":true}`)
	f.Add(`{"Name":null,"Pets":[null],"Lucky":["1"]}`)
	f.Add(`[[[[`)
	f.Add("")
	f.Fuzz(func(t *testing.T, body string) {
		response, err := do(t, "2020-01-01", "Greet", body)
		var wire *action.Error
		if err != nil && !errors.As(err, &wire) {
			t.Fatalf("%q: error without a code: %v", body, err)
		}
		if err == nil && !json.Valid([]byte(response)) {
			t.Fatalf("%q: answered %q", body, response)
		}
	})
}
