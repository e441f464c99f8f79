package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"unicode"

	"csrd/csr"

	"github.com/spf13/pflag"
)

// maxExportPassword is what openssl reads of a file or a terminal (apps.h,
// APP_PASS_LEN, less its line end).
const maxExportPassword = 1022

// passwordSetting says where the password of an exported key comes from.
type passwordSetting struct {
	file string
	none bool
}

func (p *passwordSetting) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&p.file, "password-file", "", "file whose first line is the password for the key; or put it into $"+envExportPassword)
	flags.BoolVar(&p.none, "no-password", false, "leave the key without a password")
}

func (p *passwordSetting) given() bool { return p.file != "" || p.none }

// choose returns the password for an exported key, "" for none. Where neither
// a flag nor the environment says it, it is asked for on the terminal.
func (p *passwordSetting) choose(ctx context.Context, s streams) (csr.Secret, error) {
	switch fromEnvironment := csr.Secret(os.Getenv(envExportPassword)); {
	case p.none:
		return "", nil
	case p.file != "":
		line, err := firstLine(p.file)
		if err != nil {
			return "", err
		}
		defer clear(line)
		return checkPassword(line, "--password-file "+p.file)
	case fromEnvironment != "":
		return checkPassword([]byte(fromEnvironment), envExportPassword)
	}
	from := keyboard(s)
	if from == nil {
		return "", usagef("a password for the key is needed, and there is no terminal to ask on: give --password-file or %s, or --no-password to leave the key open", envExportPassword)
	}
	first, err := ask(ctx, from, s, "Password for the key: ")
	if err != nil {
		return "", err
	}
	if _, err := checkPassword([]byte(first), "the password"); err != nil {
		return "", err
	}
	second, err := ask(ctx, from, s, "The same again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ: nothing was written")
	}
	return first, nil
}

// checkPassword takes a password that every program can be given.
func checkPassword(password []byte, source string) (csr.Secret, error) {
	switch {
	case len(password) == 0:
		return "", usagef("%s is empty: give --no-password to leave the key open", source)
	case len(password) > maxExportPassword:
		return "", usagef("%s has %d bytes, and openssl reads at most %d", source, len(password), maxExportPassword)
	case bytes.ContainsFunc(password, unicode.IsControl):
		return "", usagef("%s has a control character, such as the CR of a line end", source)
	}
	return csr.Secret(password), nil
}
