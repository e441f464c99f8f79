package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"csrd/csr"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// keyPassword says where the password of encrypted keys comes from.
type keyPassword struct {
	file string
}

func (p *keyPassword) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&p.file, "password-file", "", "file whose first line is the password of encrypted keys; or put it into $"+envKeyPassword)
}

// given returns the password from the file or the environment, "" for none.
func (p *keyPassword) given() (csr.Secret, error) {
	if p.file == "" {
		return csr.Secret(os.Getenv(envKeyPassword)), nil
	}
	text, err := os.ReadFile(p.file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	defer clear(text)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return csr.Secret(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// ask asks for a password on the terminal, where there is one; nothing typed
// is none. The terminal is quiet before the prompt stands there.
func (p *keyPassword) ask(s streams, prompt string) (csr.Secret, error) {
	keyboard, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(keyboard.Fd())) || !isTerminal(s.err) {
		return "", nil
	}
	before, err := term.MakeRaw(int(keyboard.Fd()))
	if err != nil {
		return "", fmt.Errorf("ask for the password: %w", err)
	}
	defer func() { _ = term.Restore(int(keyboard.Fd()), before) }()
	screen := struct {
		io.Reader
		io.Writer
	}{keyboard, s.err}
	line, err := term.NewTerminal(screen, "").ReadPassword(prompt)
	if err != nil { // io.EOF for Ctrl-C and Ctrl-D
		return "", errors.New("no password was given")
	}
	return csr.Secret(line), nil
}
