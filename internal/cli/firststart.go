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

// rootName is the name of the account that a first start makes.
const rootName = "root"

// credentialsName is the file that a first start without a terminal leaves.
const credentialsName = "root-credentials"

func rootFromEnvironment() (cam.RootSetting, error) {
	set := cam.RootSetting{Uin: os.Getenv(envRootUin), SecretID: os.Getenv(envRootSecretID), SecretKey: csr.Secret(os.Getenv(envRootSecretKey))}
	if _, err := set.Root(); err != nil {
		return set, usagef("%s, %s, %s: %w", envRootUin, envRootSecretID, envRootSecretKey, err)
	}
	return set, nil
}

// newRoot is the root account that a first start makes.
type newRoot struct {
	cam.Root
	secretSet bool // by the operator, who knows it
}

// firstStart gives an empty store its root account. What it made up is shown on
// the terminal or, where that is nil, kept in a file, before the account is
// stored: a secret that nobody saw would lock everybody out.
func firstStart(ctx context.Context, set *serveSetting, root cam.RootSetting, store cam.Store, sealer csr.Sealer, keys *cam.Keyring, terminal io.Writer, endpoint string, log *slog.Logger) error {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 {
		differs, err := root.DiffersFrom(ctx, store, keys)
		if differs {
			log.Warn("the store has its accounts already, and they are not what " + envRootUin + ", " + envRootSecretID + " and " + envRootSecretKey + " say: these change nothing")
		}
		return err
	}
	account, err := root.Root()
	if err != nil {
		return err
	}
	account.Name = rootName
	made := &newRoot{account, root.SecretKey != ""}
	file := ""
	switch {
	case terminal != nil:
		if err := made.show(terminal, endpoint); err != nil {
			return fmt.Errorf("show the root account: %w", err)
		}
	case root.SecretKey == "" || root.SecretID == "":
		file = filepath.Join(set.data, credentialsName)
		if err := durable.MakeFolder(set.data); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
		if err := durable.WriteFile(file, []byte(made.environment())); err != nil {
			return fmt.Errorf("write the root account's credentials: %w", err)
		}
	}
	if err := cam.CreateFirstRoot(ctx, store, sealer, account, time.Now()); err != nil {
		// Of any other failure the outcome is unknown: the file may be needed.
		first := errors.Is(err, cam.ErrExists)
		if file != "" && (first || errors.Is(err, csr.ErrUnavailable)) {
			err = errors.Join(err, os.Remove(file))
		}
		if !first {
			return err
		}
		log.Warn("another csrd that serves this database made the root account at the same time: its key is where that one says, and what this one made up is void")
		return nil
	}
	if file != "" {
		log.Info("made a root account; its SecretId and SecretKey are in the file", "uin", account.Owner.String(), "file", file)
	}
	return nil
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
func (r *newRoot) show(out io.Writer, endpoint string) error {
	secret, export := string(r.SecretKey), string(r.SecretKey)
	if r.secretSet {
		secret, export = "(as set in "+envRootSecretKey+")", `"$`+envRootSecretKey+`"`
	}
	_, err := fmt.Fprintf(out, `
  csrd listens on %s

  The store is new. Its root account is %s; the key is shown this once:

    SecretId   %s
    SecretKey  %s

  Try it in another terminal:

    export CSRD_ENDPOINT=%s CSRD_SECRET_ID=%s %s=%s
    %s list

`, endpoint, r.Owner, r.SecretID, secret, endpoint, r.SecretID, envSecretKey, export, os.Args[0])
	return err
}
