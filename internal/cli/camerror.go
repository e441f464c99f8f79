package cli

import (
	"errors"
	"fmt"

	"csrd/csr"
	"csrd/internal/cam"
)

// whose says whose an access key is: of a user or, for "", of the root.
func whose(owner csr.Owner, user string) string {
	if user == "" {
		return fmt.Sprintf("the root of account %s", owner)
	}
	return fmt.Sprintf("user %s of account %s", user, owner)
}

// explainAccount says of what a store refused for an account what to do.
func explainAccount(err error, owner csr.Owner) error {
	var use *cam.InUseError
	switch {
	case errors.Is(err, cam.ErrNoAccount):
		return fmt.Errorf("there is no account %s: `csrd account list` shows those there are", owner)
	case errors.Is(err, cam.ErrExists):
		return fmt.Errorf("there is an account %s already: give another --uin, or leave it out", owner)
	case errors.Is(err, cam.ErrLastAccount):
		return fmt.Errorf("account %s is the only one of the store, and stays: `csrd account create` makes another, `csrd account disable %s` stops it", owner, owner)
	case errors.As(err, &use) && use.CSRs > 0:
		return fmt.Errorf("account %s is %w: delete the CSRs first, with BatchDeleteCSR; their keys would be lost with it", owner, use)
	case errors.As(err, &use):
		return fmt.Errorf("account %s is %w: delete them first, or give --force to delete all with it; deleted CSRs are kept as --deleted-retention of csrd serve says", owner, use)
	}
	return err
}

// explainUser says of what a store refused for a user what to do.
func explainUser(err error, owner csr.Owner, name string) error {
	var use *cam.InUseError
	switch {
	case errors.Is(err, cam.ErrNoUser):
		return fmt.Errorf("account %s has no user %s: `csrd user list` shows those there are", owner, name)
	case errors.Is(err, cam.ErrExists):
		return fmt.Errorf("account %s has a user %s already", owner, name)
	case errors.As(err, &use):
		return fmt.Errorf("%s is %w: `csrd user show %s --account %s` shows them; take them away first, or give --force to delete the access keys with the user and detach the policies", whose(owner, name), use, name, owner)
	}
	return explainAccount(err, owner)
}

// explainKey says of what a store refused for an access key what to do.
func explainKey(err error, key cam.AccessKey) error {
	switch {
	case errors.Is(err, cam.ErrNoKey):
		return fmt.Errorf("there is no access key %s: `csrd key list` shows those there are", key.SecretID)
	case errors.Is(err, cam.ErrTooManyKeys):
		return fmt.Errorf("%s has %d enabled access keys already, and may not have more: `csrd key disable` one first; `csrd key list` shows them, and when each was last used", whose(key.Owner, key.User), cam.MaxActiveKeys)
	case errors.Is(err, cam.ErrLastRootKey):
		return fmt.Errorf("%s is the last enabled access key of %s: make another one first with `csrd key rotate %s`; to stop everybody in the account, `csrd account disable %s`", key.SecretID, whose(key.Owner, key.User), key.SecretID, key.Owner)
	case errors.Is(err, cam.ErrKeyEnabled):
		return fmt.Errorf("the access key %s is enabled, and somebody may be using it: `csrd key disable %s` first, which can be taken back, or give --force", key.SecretID, key.SecretID)
	}
	return explainUser(err, key.Owner, key.User)
}
