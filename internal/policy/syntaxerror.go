package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SyntaxError is a mistake in a document.
type SyntaxError struct {
	Line   int    // from 1
	Reason string // what is wrong and, where that is short, what is right
}

// Error returns the line and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// mistakes gathers all that is wrong with a document.
type mistakes []*SyntaxError

func (m *mistakes) add(line int, format string, args ...any) {
	*m = append(*m, &SyntaxError{line, fmt.Sprintf(format, args...)})
}

// err joins the mistakes in the order of their lines, or returns nil.
func (m mistakes) err() error {
	slices.SortStableFunc(m, func(a, b *SyntaxError) int { return cmp.Compare(a.Line, b.Line) })
	var errs []error
	for _, mistake := range m {
		errs = append(errs, mistake)
	}
	return errors.Join(errs...)
}

// quoted makes a text of a document fit for a message: not too long, and with
// nothing in it that a terminal would act on.
func quoted(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	text = strconv.QuoteToGraphic(text)
	return "`" + strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`) + "`"
}

// listed joins texts to a phrase, the first of them where there are many.
func listed(texts []string, conjunction string) string {
	const most = 4
	if len(texts) > most {
		texts = append(slices.Clone(texts[:most-1]), fmt.Sprintf("%d more", len(texts)-most+1))
	}
	last := len(texts) - 1
	if last == 0 {
		return texts[0]
	}
	return strings.Join(texts[:last], ", ") + " " + conjunction + " " + texts[last]
}
