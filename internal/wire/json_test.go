package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"csrd/internal/wire"
)

// encoded is what encoding/json writes.
func encoded(t testing.TB, value any) string {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.String()[:text.Len()-1]
}

func FuzzAppendString(f *testing.F) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, text := range []string{
		"", "www.example.com", `"\/<>&'`, string(all), "长沙 \u2028\u2029\u202a", "\xe4\xb8", "a\x80", "\xed\xa0\x80", "\U0001f512\ufffd\x7f", "\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := string(wire.AppendString([]byte("x"), text)), "x"+encoded(t, text); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	})
}
