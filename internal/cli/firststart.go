package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/durable"
)

// credentialsName is the file that a first start without a terminal leaves.
const credentialsName = "root-credentials"

func rootFromEnvironment() (cam.RootSetting, error) {
	set := cam.RootSetting{Uin: os.Getenv(envRootUin), SecretID: os.Getenv(envRootSecretID), SecretKey: csr.Secret(os.Getenv(envRootSecretKey))}
	if _, err := set.Root(); err != nil {
		return set, usagef("%s, %s, %s: %w", envRootUin, envRootSecretID, envRootSecretKey, err)
	}
	return set, nil
}

// newRoot is the root account that a first start made, to be shown on a
// terminal; nil otherwise.
type newRoot struct {
	cam.Root
	secretSet bool // by the operator, who knows it
}

// firstStart gives an empty store its root account. What it made up is kept in
// a file, or returned to be shown, before the account is stored: a secret that
// nobody saw would lock everybody out.
func firstStart(ctx context.Context, dir string, set cam.RootSetting, store cam.Store, sealer csr.Sealer, keys *cam.Keyring, terminal bool, log *slog.Logger) (*newRoot, error) {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(accounts) > 0 {
		differs, err := set.DiffersFrom(ctx, store, keys)
		if differs {
			log.Warn("the store has its accounts already, and they are not what " + envRootUin + ", " + envRootSecretID + " and " + envRootSecretKey + " say: these change nothing")
		}
		return nil, err
	}
	root, err := set.Root()
	if err != nil {
		return nil, err
	}
	made := &newRoot{root, set.SecretKey != ""}
	file := ""
	if !terminal && (set.SecretKey == "" || set.SecretID == "") {
		file = filepath.Join(dir, credentialsName)
		if err := durable.WriteFile(file, []byte(made.environment())); err != nil {
			return nil, fmt.Errorf("write the root account's credentials: %w", err)
		}
	}
	if err := cam.CreateRoot(ctx, store, sealer, root, time.Now()); err != nil {
		if file != "" {
			err = errors.Join(err, os.Remove(file))
		}
		return nil, err
	}
	if file != "" {
		log.Info("made a root account; its SecretId and SecretKey are in the file", "uin", root.Owner.String(), "file", file)
	}
	if !terminal {
		return nil, nil
	}
	return made, nil
}

// environment is the account as lines that a shell and env files read.
func (r *newRoot) environment() string {
	text := fmt.Sprintf("# root account %s\nCSRD_SECRET_ID=%s\n", r.Owner, r.SecretID)
	if r.secretSet {
		return text + "# CSRD_SECRET_KEY is as set in " + envRootSecretKey + "\n"
	}
	return text + fmt.Sprintf("%s=%s\n", envSecretKey, string(r.SecretKey))
}

// show tells whoever started csrd in a terminal how to go on.
func (r *newRoot) show(out io.Writer, endpoint string) {
	if r == nil {
		return
	}
	secret, export := string(r.SecretKey), string(r.SecretKey)
	if r.secretSet {
		secret, export = "(as set in "+envRootSecretKey+")", `"$`+envRootSecretKey+`"`
	}
	fmt.Fprintf(out, `
  csrd listens on %s

  The store is new. Its root account is %s; the key is shown this once:

    SecretId   %s
    SecretKey  %s

  Try it in another terminal:

    export CSRD_ENDPOINT=%s CSRD_SECRET_ID=%s %s=%s
    csrd list

`, endpoint, r.Owner, r.SecretID, secret, endpoint, r.SecretID, envSecretKey, export)
}
