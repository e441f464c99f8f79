package cli

import (
	"bytes"
	"context"
	"os"

	"csrd/csr"

	"github.com/spf13/pflag"
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
	line, err := firstLine(p.file)
	defer clear(line)
	return csr.Secret(bytes.TrimSuffix(line, []byte("\r"))), err
}

// ask asks for a password on the terminal, where there is one; nothing typed
// is none.
func (p *keyPassword) ask(ctx context.Context, s streams, prompt string) (csr.Secret, error) {
	from := keyboard(s)
	if from == nil {
		return "", nil
	}
	return ask(ctx, from, s, prompt)
}
