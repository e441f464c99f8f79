package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/durable"

	"github.com/spf13/pflag"
)

// keyMaker is what the commands that make an access key are told.
type keyMaker struct {
	masterKey masterKeySetting
	out       string
}

func (m *keyMaker) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&m.out, "out", "", "write the access key to this new file, of mode 0600, as lines that a shell reads, instead of showing it")
	m.masterKey.addTo(flags)
}

// keep stores a new access key, by create, and hands its SecretKey over. What
// goes to a file is there before: a SecretKey that nobody has is worth nothing.
func (m *keyMaker) keep(ctx context.Context, s streams, store cam.KeyStore, made string, key cam.AccessKey, secret csr.Secret, create func() error) error {
	if m.out == "" {
		if err := create(); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "%s The access key is shown this once:\n\n  SecretId   %s\n  SecretKey  %s\n", made, key.SecretID, string(secret))
		if err != nil {
			return fmt.Errorf("the access key %s was made, but not shown: make another one and delete it: %w", key.SecretID, err)
		}
		return nil
	}
	text := fmt.Appendf(nil, "# access key of %s\nCSRD_SECRET_ID=%s\n%s=%s\n", whose(key.Owner, key.User), key.SecretID, envSecretKey, string(secret))
	defer clear(text)
	if err := durable.CreateFile(m.out, text); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already, and nothing was done: give another --out", m.out)
		}
		return fmt.Errorf("write the access key: %w", err)
	}
	if err := create(); err != nil {
		if _, looked := store.AccessKey(context.WithoutCancel(ctx), key.SecretID); errors.Is(looked, cam.ErrNoKey) {
			return errors.Join(err, os.Remove(m.out))
		}
		return fmt.Errorf("%w: see `csrd key list` whether %s was made; %s stays", err, key.SecretID, m.out)
	}
	_, err := fmt.Fprintf(s.out, "%s The access key is %s; its SecretKey is in %s.\n", made, key.SecretID, m.out)
	return err
}
