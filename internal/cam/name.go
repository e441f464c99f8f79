package cam

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most characters that a name has.
const maxName = 64

// CheckAccountName says what is wrong with the name of an account, a label of
// 1 to 64 printable characters.
func CheckAccountName(name string) error {
	odd := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || strings.ContainsFunc(name, odd) || strings.TrimSpace(name) != name {
		return errors.New("the name of an account has 1 to 64 printable characters, and no space at either end")
	}
	return nil
}

// CheckUserName says what is wrong with the name of a user: 1 to 64 letters,
// digits and _ + = , . @ -, the first a letter or a digit.
func CheckUserName(name string) error {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			continue
		case i > 0 && strings.IndexByte("_+=,.@-", c) >= 0:
			continue
		}
		return errUserName
	}
	if name == "" || len(name) > maxName {
		return errUserName
	}
	return nil
}

var errUserName = errors.New("the name of a user has 1 to 64 letters, digits and _ + = , . @ -, and begins with a letter or digit")
