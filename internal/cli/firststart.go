package cli

import (
	"context"
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
		return set, fmt.Errorf("%s, %s, %s: %w", envRootUin, envRootSecretID, envRootSecretKey, err)
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
	show := &newRoot{root, set.SecretKey != ""}
	if !terminal && !show.secretSet {
		path := filepath.Join(dir, credentialsName)
		if err := durable.WriteFile(path, []byte(show.environment())); err != nil {
			return nil, fmt.Errorf("write the root account's credentials: %w", err)
		}
		defer func() {
			if err != nil {
				os.Remove(path)
			}
		}()
		log.Info("made a root account; its SecretId and SecretKey are in the file", "uin", root.Owner.String(), "file", path)
	}
	if err = cam.CreateRoot(ctx, store, sealer, root, time.Now()); err != nil {
		return nil, err
	}
	if !terminal {
		return nil, nil
	}
	return show, nil
}

// environment is the account as lines that a shell and env files read.
func (r *newRoot) environment() string {
	return fmt.Sprintf("# root account %s\nCSRD_SECRET_ID=%s\n%s=%s\n", r.Owner, r.SecretID, envSecretKey, string(r.SecretKey))
}

// show tells whoever started csrd in a terminal how to go on.
func (r *newRoot) show(out io.Writer, endpoint string) {
	if r == nil {
		return
	}
	secret := string(r.SecretKey)
	if r.secretSet {
		secret = "(as set in " + envRootSecretKey + ")"
	}
	fmt.Fprintf(out, `
  csrd listens on %s

  The store is new. Its root account is %s; the key is shown this once:

    SecretId   %s
    SecretKey  %s

  Try it in another terminal:

    export CSRD_ENDPOINT=%s CSRD_SECRET_ID=%s %s=%s
    csrd list

`, endpoint, r.Owner, r.SecretID, secret, endpoint, r.SecretID, envSecretKey, secret)
}
