package cam

import (
	"errors"
	"fmt"
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
func CheckUserName(name string) error { return checkName("a user", name) }

// CheckPolicyName says what is wrong with the name of a policy, which is as that
// of a user.
func CheckPolicyName(name string) error { return checkName("a policy", name) }

func checkName(of, name string) error {
	odd := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_+=,.@-", r))
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, odd) || strings.ContainsRune("_+=,.@-", rune(name[0])) {
		return fmt.Errorf("the name of %s has 1 to %d letters, digits and _ + = , . @ -, and begins with a letter or digit", of, maxName)
	}
	return nil
}
