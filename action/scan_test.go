package action

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzScan compares the values that a scan finds with those of encoding/json.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, ` { "a" : [ 1 , "}" ] , "b":{"c":"\\"},"":-1.5e+3} `, `[true,null,"\"]",[[]],{"a":[{}]}]`, `{"\u0061":"\\\""}`, `"x"`, `1`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || !json.Valid([]byte(text)) { // as is checked before
			return
		}
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		first, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		delimiter, _ := first.(json.Delim)
		for delimiter != 0 && decoder.More() {
			var value json.RawMessage
			if delimiter == '{' {
				name, err := decoder.Token()
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, name.(string))
			}
			if err := decoder.Decode(&value); err != nil {
				t.Fatal(err)
			}
			want = append(want, string(value))
		}
		in := scan{[]byte(text)}
		switch {
		case in.opens('{'):
			for in.more('}') {
				name, err := unquote(in.value())
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(name), string(in.value()))
			}
		case in.opens('['):
			for in.more(']') {
				got = append(got, string(in.value()))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: found are %q, want %q", text, got, want)
		}
	})
}
