package csr

import (
	"errors"
	"fmt"
)

// Reason is a rule that something breaks, in English and in Chinese, to be
// read behind the name of the field and its value.
type Reason struct {
	En, Zh string
}

// Error returns the English text.
func (r Reason) Error() string { return r.En }

// rule formats a Reason; both texts take the same arguments.
func rule(en, zh string, args ...any) Reason {
	return Reason{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

// reasonOf returns the Reason in an error.
func reasonOf(err error) Reason {
	var r Reason
	if !errors.As(err, &r) {
		r = Reason{err.Error(), err.Error()}
	}
	return r
}
