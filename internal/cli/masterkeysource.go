package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"csrd/internal/seal"
	"csrd/internal/vault"

	"github.com/spf13/pflag"
)

const (
	// masterKeyName is the master key's file in a data directory that has its own.
	masterKeyName = "master.key"
	// nextSuffix ends the name of the file of the next master key.
	nextSuffix = ".next"
)

// masterKeySetting is where the master keys are: the current one and, while it
// is rotated, the next one.
type masterKeySetting struct {
	file, uri         string
	nextFile, nextURI string
	vault             vault.Setting
}

func (m *masterKeySetting) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&m.file, "master-key-file", "", "file of the master key: 32 bytes in base64, mode 0600")
	flags.StringVar(&m.uri, "master-key-uri", "", "master key in HashiCorp Vault or OpenBao: hcvault://HOST:PORT/transit/keys/NAME")
	flags.StringVar(&m.nextFile, "master-key-next-file", "", "file of the next master key, while it is rotated; by default that of the master key with "+nextSuffix+" behind it")
	flags.StringVar(&m.nextURI, "master-key-next-uri", "", "next master key in Vault, while it is rotated")
	flags.StringVar(&m.vault.TokenFile, "vault-token-file", "", "file of the token for Vault, read for each call; or put it into $"+envVaultToken+" or $VAULT_TOKEN")
	flags.StringVar(&m.vault.CAFile, "vault-ca-file", "", "PEM file of the CA of Vault's certificate; by default as $VAULT_CACERT says, or the system's")
	flags.BoolVar(&m.vault.AllowPlainHTTP, "vault-allow-plain-http", false, "talk to a Vault on another machine without TLS, where the URI is hcvault+http://")
}

// keySource is where one master key is.
type keySource struct {
	name string   // for the operator; the command line or the environment says it so
	path string   // where it is a file
	key  seal.KEK // as it was read last; nil for the file of a next key that is not there

	seen fs.FileInfo // of the file that was read, or failed to be
}

// keySources are where the master keys of a process are.
type keySources struct {
	current, next keySource // next has no name where there is none
}

// sources says where the master keys are, and reads those that are no files.
func (m *masterKeySetting) sources(data string) (*keySources, error) {
	current, err := m.source(envMasterKey, "--master-key-file", m.file, "--master-key-uri", m.uri)
	if err != nil {
		return nil, err
	}
	next, err := m.source(envMasterKeyNext, "--master-key-next-file", m.nextFile, "--master-key-next-uri", m.nextURI)
	if err != nil {
		return nil, err
	}
	if current.name == "" {
		current.path = filepath.Join(data, masterKeyName)
		current.name = current.path
	}
	if next.name == "" && current.path != "" {
		next.path = current.path + nextSuffix
		next.name = next.path
	}
	return &keySources{current, next}, nil
}

// source is the one of three places that names a key; the zero value if none does.
func (m *masterKeySetting) source(env, fileFlag, file, uriFlag, uri string) (keySource, error) {
	text := os.Getenv(env)
	given := ""
	for _, place := range []struct{ name, value string }{{env, text}, {fileFlag, file}, {uriFlag, uri}} {
		if place.value == "" {
			continue
		}
		if given != "" {
			return keySource{}, usagef("both %s and %s give a master key: give one of them", given, place.name)
		}
		given = place.name
	}
	switch given {
	case env:
		key, err := seal.ParseMasterKey([]byte(text))
		if err != nil {
			return keySource{}, fmt.Errorf("%s: %w", env, err)
		}
		return keySource{name: env, key: key}, nil
	case uriFlag:
		set := m.vault
		if set.TokenFile == "" {
			set.Token = os.Getenv(envVaultToken)
			if set.Token == "" {
				set.Token = os.Getenv("VAULT_TOKEN")
			}
		}
		key, err := vault.Open(uri, set)
		if err != nil {
			return keySource{}, usagef("%s: %w", uriFlag, err)
		}
		return keySource{name: uri, key: key}, nil
	}
	return keySource{name: file, path: file}, nil
}

// read reads a key that is in a file, if that changed. While a new file cannot
// be read the key that was there before stays; of a file that is not there the
// error is fs.ErrNotExist.
func (s *keySource) read() (changed bool, err error) {
	if s.path == "" {
		return false, nil
	}
	info, err := os.Stat(s.path)
	if err != nil {
		changed, s.seen = s.seen != nil, nil
		return changed, fmt.Errorf("master key: %w", err)
	}
	if s.seen != nil && os.SameFile(info, s.seen) && info.ModTime().Equal(s.seen.ModTime()) &&
		info.Size() == s.seen.Size() && info.Mode() == s.seen.Mode() {
		return false, nil
	}
	s.seen = info // also where it fails: the same file is not complained of again
	key, err := seal.ReadMasterKey(s.path)
	if err != nil {
		return true, err
	}
	s.key = key
	return true, nil
}

// read reads the files of both keys again. The next one first: it is moved to
// the place of the current one, and is missed at neither.
func (k *keySources) read() (changed bool, err error) {
	next, err := k.next.read()
	if errors.Is(err, fs.ErrNotExist) {
		k.next.key, err = nil, nil
	}
	current, failed := k.current.read()
	return next || current, errors.Join(err, failed)
}

// keys are the keys that are there, the current one first.
func (k *keySources) keys() (keys []seal.KEK) {
	for _, source := range []*keySource{&k.current, &k.next} {
		if source.key != nil {
			keys = append(keys, source.key)
		}
	}
	return keys
}

// masterKeys are the keys as sealing takes them; the files have been read.
func (k *keySources) masterKeys() *seal.MasterKeys {
	all := k.keys()
	return seal.NewMasterKeys(all[0], all[1:]...)
}

// nameOf says where a key is given; "" where it is not.
func (k *keySources) nameOf(id seal.KeyID) string {
	for _, source := range []*keySource{&k.current, &k.next} {
		if source.key != nil && source.key.ID() == id {
			return source.name
		}
	}
	return ""
}

func idsOf(keys []seal.KEK) (ids []seal.KeyID) {
	for _, k := range keys {
		if !slices.Contains(ids, k.ID()) {
			ids = append(ids, k.ID())
		}
	}
	return ids
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

func warnBeside(log *slog.Logger, path string) {
	log.Warn("the master key lies beside the database, and whoever copies both has every key: in production give it in "+
		envMasterKey+" from a secret store, with --master-key-file on another volume, or keep it in Vault with --master-key-uri", "file", path)
}
