package action_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"csrd/action"
)

// doForm calls Greet with fields written as in a query, not encoded.
func doForm(t testing.TB, form string) (string, error) {
	t.Helper()
	fields := []action.Field{}
	for part := range strings.SplitSeq(form, "&") {
		if name, value, ok := strings.Cut(part, "="); ok {
			name, isJSON := strings.CutPrefix(name, "json:")
			fields = append(fields, action.Field{Name: name, Value: value, IsJSON: isJSON})
		}
	}
	d := action.NewDispatcher(toyTable().Bind(&greeter{"Hello"}))
	response, err := d.Do(t.Context(), &action.Call{RequestID: "r-1"}, action.Request{Version: "2020-01-01", Action: "Greet", Fields: fields})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(response)
	return string(text), err
}

func TestFormsAreTypedBySchema(t *testing.T) {
	for _, form := range []string{
		"Name=Ann&Age=1",
		"Name=1&Age=1", // a text that looks like a number
		"Name=Ann&Age=1&Times=2&Loud=true",
		"Name=Ann&Age=1&Loud=True",
		"Name=Ann&Age=1&Loud=FALSE",
		"Name=Ann&Age=1&Loud=1",
		"Name=Ann&Age=1&Times=&Loud=", // what was not set, as some clients send it
		"Name=Ann&Age=1&Title=",
		"Name=Ann&Age=1&Lucky.0=1&Lucky.1=2&Lucky.2=3",
		"Name=Ann&Age=1&Lucky.2=3&Lucky.0=1",
		"Name=Ann&Age=1&Pets.0.Kind=dog&Pets.0.Legs=4&Pets.1.Kind=fish",
		`Name=Ann&Age=1&json:Lucky=[1,2]`,
		`Name=Ann&Age=1&json:Pets=[{"Kind":"dog"}]`,
	} {
		if _, err := doForm(t, form); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
	got, err := doForm(t, "Name=Ann&Age=1&Times=2&Title=Dr")
	if want := `{"Text":"Hello, Hello, Dr Ann","Pets":null,"RequestId":"r-1"}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	const who = "Name=Ann&Age=1&"
	for _, test := range []struct {
		form string
		want action.Code
		text string
	}{
		{"", action.CodeMissingParameter, "`Name`"},
		{"Name=&Age=1", action.CodeMissingParameter, "`Name`"},
		{"Name=Ann&Age=", action.CodeMissingParameter, "`Age`"},
		{who + "name=x", action.CodeUnknownParameter, "`name`"},
		{who + "Lucky=1", action.CodeInvalidParameter, "`Lucky` is wrong. The type should be `array`"},
		{who + "Lucky.x=1", action.CodeInvalidParameter, "`Lucky`"},
		{who + "Lucky.01=1", action.CodeInvalidParameter, "`Lucky`"},
		{who + "Lucky.-1=1", action.CodeInvalidParameter, "`Lucky`"},
		{who + "Lucky.0=x", action.CodeInvalidParameter, "`Lucky.0`"},
		{who + "Lucky.0=", action.CodeInvalidParameter, "`Lucky.0`"},
		{who + "Lucky.0=1&Lucky.1=1&Lucky.2=1&Lucky.3=1", action.CodeInvalidParameterValue, "at most 3"},
		{who + "Times=2.5", action.CodeInvalidParameter, "`Times` is wrong. The type should be `integer`"},
		{who + "Times=4", action.CodeInvalidParameterValue, "from 1 to 3"},
		{who + "Times.0=1", action.CodeInvalidParameter, "`Times`"},
		{who + "Loud=yes", action.CodeInvalidParameter, "`Loud` is wrong. The type should be `boolean`"},
		{who + "Name.0=x", action.CodeInvalidParameter, "`Name.0` is given twice"},
		{who + "Age=2", action.CodeInvalidParameter, "`Age` is given twice"},
		{"Name.0=x&" + who, action.CodeInvalidParameter, "`Name` is given twice"},
		{who + "Pets.0=dog", action.CodeInvalidParameter, "`Pets.0` is wrong. The type should be `object`"},
		{who + "Pets.0.kind=dog", action.CodeUnknownParameter, "`Pets.0.kind`"},
		{who + "Pets.0.Legs=4", action.CodeMissingParameter, "`Pets.0.Kind`"},
		{who + strings.Repeat("a.", 100) + "=1", action.CodeUnknownParameter, "`a`"},
		{who + "json:Lucky=[1", action.CodeInvalidParameter, "`Lucky` is not valid JSON"},
		{who + "json:Lucky={}", action.CodeInvalidParameter, "`Lucky`"},
		{who + "Title=\xff", action.CodeInvalidParameter, "UTF-8"},
	} {
		t.Run(test.form, func(t *testing.T) {
			_, err := doForm(t, test.form)
			checkCode(t, test.form, err, test.want, test.text)
		})
	}
}

// Whatever the form, decoding does not panic, and every refusal has a code.
func FuzzDecodeForm(f *testing.F) {
	f.Add("Name=Ann&Age=1&Lucky.0=1&Pets.0.Kind=dog&json:Lucky=[1]")
	f.Add("a.b.c.d.e.f.g.h.i.j=&..=&=")
	f.Fuzz(func(t *testing.T, form string) {
		_, err := doForm(t, form)
		var wire *action.Error
		if err != nil && !errors.As(err, &wire) {
			t.Fatalf("%q: error without a code: %v", form, err)
		}
	})
}
