package policy_test

import (
	"errors"
	"strings"
	"testing"

	"csrd/internal/policy"
)

func FuzzParse(f *testing.F) {
	for _, r := range refused {
		f.Add([]byte(r.document))
	}
	for _, d := range decisions {
		for _, text := range d.policies {
			_, statement, _ := strings.Cut(text, " ")
			f.Add([]byte(`{"version": "2.0", "statement": ` + statement + `}`))
		}
	}
	requests := []policy.Request{request("ssl:CreateCSR", "*"), request("ssl:DescribeCSR", "csr/12"), request(policy.ReadPrivateKey, "csr/12")}
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := policy.Parse(text, known)
		if (document == nil) != (err != nil) {
			t.Fatalf("document %v with error %v", document, err)
		}
		if err != nil {
			checkMistakes(t, text, err)
			return
		}
		if _, err := policy.Parse(text, nil); err != nil {
			t.Fatalf("taken when it is saved, refused when it is read again: %v", err)
		}
		// A document must never make things worse than what it says: its denials
		// refuse, and alone it allows nothing that it refuses beside others.
		alone := []policy.Named{{Name: "p", Document: document}}
		everything, err := policy.Parse([]byte(with(`"effect": "allow"`)), known)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range requests {
			beside := policy.Decide(append(alone, policy.Named{Name: "all", Document: everything}), r)
			decision := policy.Decide(alone, r)
			if decision.Allowed && !beside.Allowed {
				t.Errorf("alone: %s\nbeside everything: %s", decision.Reason, beside.Reason)
			}
			if decision.Reason == "" || strings.ContainsAny(decision.Reason, "\n\x1b") {
				t.Errorf("reason %q", decision.Reason)
			}
		}
	})
}

// checkMistakes checks that an error is one or more mistakes, in lines that the
// text has, in order, and fit for a terminal.
func checkMistakes(t *testing.T, text []byte, err error) {
	t.Helper()
	mistakes := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		mistakes = joined.Unwrap()
	}
	last := 1
	for _, err := range mistakes {
		mistake := new(policy.SyntaxError)
		if !errors.As(err, &mistake) {
			t.Fatalf("%v is no SyntaxError", err)
		}
		if mistake.Line < last || mistake.Line > 1+strings.Count(string(text), "\n") {
			t.Errorf("line %d after line %d: %s", mistake.Line, last, mistake.Reason)
		}
		if mistake.Reason == "" || strings.ContainsAny(mistake.Reason, "\n\x1b") {
			t.Errorf("reason %q", mistake.Reason)
		}
		last = mistake.Line
	}
}
