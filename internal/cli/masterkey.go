package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"csrd/internal/seal"
)

// masterKeyName is the master key's file in a data directory that has its own.
const masterKeyName = "master.key"

// openSealer finds the master key and opens the store's secrets with it. A new
// key is made only for a store that has nothing sealed.
func openSealer(ctx context.Context, set *serveSetting, store seal.KeyStore, log *slog.Logger) (*seal.Sealer, error) {
	master, err := findMasterKey(ctx, set, store, log)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.New(ctx, master, store)
	var wrong *seal.WrongMasterKeyError
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("wrong master key: %w; give the one this store was made with, in %s or --master-key-file, or put it back as %s",
			err, envMasterKey, filepath.Join(set.data, masterKeyName))
	}
	return sealer, err
}

func findMasterKey(ctx context.Context, set *serveSetting, store seal.KeyStore, log *slog.Logger) (*seal.MasterKey, error) {
	text := os.Getenv(envMasterKey)
	switch {
	case text != "" && set.masterKeyFile != "":
		return nil, usagef("both %s and --master-key-file give a master key: give one of them", envMasterKey)
	case text != "":
		master, err := seal.ParseMasterKey([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", envMasterKey, err)
		}
		return master, nil
	case set.masterKeyFile != "":
		master, err := seal.ReadMasterKey(set.masterKeyFile)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: for a new store make one with `(umask 077; openssl rand -base64 32 > %s)`", err, set.masterKeyFile)
		}
		if err == nil && liesIn(set.data, set.masterKeyFile) {
			warnBeside(log, set.masterKeyFile)
		}
		return master, err
	}
	path := filepath.Join(set.data, masterKeyName)
	master, err := seal.ReadMasterKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		_, sealed, err := store.AnyDataKey(ctx)
		if err != nil {
			return nil, err
		}
		if sealed {
			return nil, fmt.Errorf("%s is missing, and the store has secrets sealed under it, which no new key can open: put the file back, or give the key in %s or --master-key-file", path, envMasterKey)
		}
		master, err = seal.CreateMasterKey(path)
		if err != nil {
			return nil, err
		}
		log.Info("made a master key: without it nothing sealed can be opened, so keep a copy in a safe place", "file", path)
	} else if err != nil {
		return nil, err
	}
	warnBeside(log, path)
	return master, nil
}

func warnBeside(log *slog.Logger, path string) {
	log.Warn("the master key lies beside the database, and whoever copies both has every key: in production give it in "+
		envMasterKey+" from a secret store, or with --master-key-file on another volume", "file", path)
}

// liesIn reports whether a file is directly in a directory.
func liesIn(dir, file string) bool {
	a, err := os.Stat(dir)
	if err != nil {
		return false
	}
	b, err := os.Stat(filepath.Dir(file))
	return err == nil && os.SameFile(a, b)
}
