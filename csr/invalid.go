package csr

import (
	"fmt"
	"slices"
	"strings"
)

// Problem says what is wrong with one field.
type Problem struct {
	Field  string // as the API spells it
	Value  string // what was given; "" for a secret
	Reason string // the rule it breaks
}

// InvalidError lists everything that is wrong with a CSR's details.
type InvalidError struct {
	Problems []Problem
}

func (e *InvalidError) Error() string {
	var text strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(p.Field)
		if p.Value != "" {
			fmt.Fprintf(&text, " `%s`", excerpt(p.Value))
		}
		text.WriteByte(' ')
		text.WriteString(p.Reason)
	}
	return text.String()
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

func (p *problems) add(field, value, reason string, args ...any) {
	p.addProblem(Problem{field, value, fmt.Sprintf(reason, args...)})
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
