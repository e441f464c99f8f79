package csr

import (
	"slices"
	"strings"
)

// Problem says what is wrong with one field.
type Problem struct {
	Field  string // as the API spells it
	Value  string // what was given; "" for a secret
	Reason Reason // the rule it breaks
}

// InvalidError lists everything that is wrong with a CSR's details.
type InvalidError struct {
	Problems []Problem
}

// Error returns the English text.
func (e *InvalidError) Error() string { return e.Text().En }

// Text returns all problems in one sentence, in both languages.
func (e *InvalidError) Text() Reason {
	var en, zh []string
	for _, p := range e.Problems {
		subject := p.Field
		if p.Value != "" {
			subject += " `" + excerpt(p.Value) + "`"
		}
		en = append(en, subject+" "+p.Reason.En)
		zh = append(zh, subject+" "+p.Reason.Zh)
	}
	return Reason{strings.Join(en, "; "), strings.Join(zh, "；")}
}

// excerpt keeps a long value from making a message long.
func excerpt(value string) string {
	const most = 64
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}

// problems gathers what is wrong, the first of each field.
type problems struct {
	list []Problem
}

func (p *problems) add(field, value string, reason Reason) {
	p.addProblem(Problem{field, value, reason})
}

func (p *problems) addProblem(problem Problem) {
	if !slices.ContainsFunc(p.list, func(other Problem) bool { return other.Field == problem.Field }) {
		p.list = append(p.list, problem)
	}
}

// err returns an *InvalidError, or nil where nothing was added.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &InvalidError{p.list}
}
