package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"csrd/internal/durable"
	"csrd/internal/seal"
)

// sealing is what seals a server's secrets.
type sealing struct {
	sealer  *seal.Sealer
	keys    *seal.MasterKeys
	sources *keySources // of the keys
}

// openSealer finds the master keys and opens the store's secrets with them. A
// new one is made only for a store that has nothing sealed.
func openSealer(ctx context.Context, set *serveSetting, store seal.KeyStore, log *slog.Logger) (*sealing, error) {
	sources, err := set.masterKey.sources(set.data)
	if err == nil {
		err = readOrMake(ctx, set, sources, store, log)
	}
	if err != nil {
		return nil, err
	}
	if path := sources.current.path; path != "" && liesIn(set.data, path) {
		warnBeside(log, path)
	}
	keys := sources.masterKeys()
	sealer, err := seal.New(ctx, keys, store)
	return &sealing{sealer, keys, sources}, explainMissing(set.data, err)
}

// explainMissing says of a master key that is missing how to give it.
func explainMissing(data string, err error) error {
	var missing *seal.MissingKeyError
	if !errors.As(err, &missing) {
		return err
	}
	path := filepath.Join(data, masterKeyName)
	return fmt.Errorf("wrong master key: %w: give %s in %s, with --master-key-file or --master-key-uri, or put it back as %s; "+
		"while the master key is rotated, the second one in %s, with --master-key-next-file or --master-key-next-uri, or as %s; "+
		"`csrd master-key status` tells them apart",
		err, missing.Want, envMasterKey, path, envMasterKeyNext, path+nextSuffix)
}

// readOrMake reads the master keys; in a new store's data directory it makes one.
func readOrMake(ctx context.Context, set *serveSetting, sources *keySources, store seal.KeyStore, log *slog.Logger) error {
	_, err := sources.read()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	path := sources.current.path
	if set.masterKey.file != "" {
		return fmt.Errorf("%w: for a new store make one with `(umask 077; openssl rand -base64 32 > %s)`", err, path)
	}
	_, sealed, err := store.AnyDataKey(ctx)
	if err != nil {
		return err
	}
	if sealed {
		return fmt.Errorf("%s is missing, and the store has secrets sealed under it, which no new key can open: put the file back, or give the key in %s, with --master-key-file or --master-key-uri", path, envMasterKey)
	}
	if err := durable.MakeFolder(set.data); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if _, err := seal.CreateMasterKey(path); err != nil {
		return err
	}
	log.Info("made a master key: without it nothing sealed can be opened, so keep a copy in a safe place", "file", path)
	_, err = sources.read()
	return err
}
