package csr_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"csrd/csr"
)

func TestSecretsAreNotShown(t *testing.T) {
	const text = "hunter2 hunter2"
	for _, secret := range []any{csr.Secret(text), csr.Plain(text), &struct{ P csr.Plain }{csr.Plain(text)}, []csr.Secret{text}} {
		var shown strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&shown, verb+"\n", secret)
		}
		marshalled, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(marshalled)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("", "secret", secret)
		for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%d", []byte(text)), fmt.Sprintf("%#v", []byte(text))} {
			if strings.Contains(shown.String(), form) {
				t.Errorf("%T is shown: %s", secret, shown.String())
			}
		}
		if !strings.Contains(shown.String(), "[redacted]") {
			t.Errorf("%T says nothing of being redacted: %s", secret, shown.String())
		}
	}
}
