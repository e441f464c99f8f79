package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"csrd/internal/seal"
)

func create(t *testing.T, path string) *seal.MasterKey {
	t.Helper()
	key, err := seal.CreateMasterKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestMasterKeyThatIsMadeIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	made := create(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != 0o600 {
		t.Errorf("the file has mode %v, want -rw-------", mode)
	}
	store := &keyStore{}
	s, err := seal.New(t.Context(), seal.NewMasterKeys(made), store)
	if err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, s, purposeA, alice, "1", secret)
	for range 3 {
		read, err := seal.ReadMasterKey(path)
		if err != nil {
			t.Fatal(err)
		}
		if read.ID() != made.ID() {
			t.Errorf("read as %s, made as %s", read.ID(), made.ID())
		}
		again, err := seal.New(t.Context(), seal.NewMasterKeys(read), store)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, again, purposeA, alice, "1", sealed, secret)
	}
}

func TestMasterKeyFileIsWhatOpensslPrints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	create(t, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(string(text), "\n")); err != nil || len(raw) != 32 {
		t.Errorf("the file holds %d bytes in base64 (%v), want 32", len(raw), err)
	}
}

func TestMasterKeysDiffer(t *testing.T) {
	dir := t.TempDir()
	one, two := create(t, filepath.Join(dir, "1")), create(t, filepath.Join(dir, "2"))
	if one.ID() == two.ID() {
		t.Errorf("two keys have the id %s", one.ID())
	}
	store := &keyStore{}
	s, err := seal.New(t.Context(), seal.NewMasterKeys(one), store)
	if err != nil {
		t.Fatal(err)
	}
	mustSeal(t, s, purposeA, alice, "1", secret)
	if _, err := seal.New(t.Context(), seal.NewMasterKeys(two), store); err == nil {
		t.Error("the one opens what is sealed under the other")
	}
}

func TestMasterKeyIsNeverOverwritten(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(path string) error
	}{
		{"a master key", func(path string) error { _, err := seal.CreateMasterKey(path); return err }},
		{"an empty file", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }},
		{"a link to nothing", func(path string) error { return os.Symlink(path+".gone", path) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "master.key")
			if err := test.make(path); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, dir)
			if key, err := seal.CreateMasterKey(path); err == nil || key != nil {
				t.Errorf("a key %v and error %v, want an error alone", key, err)
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("the folder was %q and is %q", before, after)
			}
		})
	}
}

// Of two programs that make the file at once, one must fail: its key would
// seal what the file of the other cannot open.
func TestMasterKeyThatIsMadeTwiceAtOnceIsMadeOnce(t *testing.T) {
	for range 10 {
		path := filepath.Join(t.TempDir(), "master.key")
		var made sync.Map
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				if key, err := seal.CreateMasterKey(path); err == nil {
					made.Store(i, key.ID())
				}
			})
		}
		group.Wait()
		read, err := seal.ReadMasterKey(path)
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		made.Range(func(_, id any) bool {
			keys++
			if id != read.ID() {
				t.Errorf("the key %s was made, the file has %s", id, read.ID())
			}
			return true
		})
		if keys != 1 {
			t.Fatalf("%d keys were made for one file", keys)
		}
	}
}

// snapshot describes the files of a folder.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		text := []byte(nil)
		if e.Type().IsRegular() {
			if text, err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&all, "%s %v %q\n", e.Name(), e.Type(), text)
	}
	return all.String()
}

func TestMasterKeyFileInAMissingFolderIsNotMade(t *testing.T) {
	if _, err := seal.CreateMasterKey(filepath.Join(t.TempDir(), "missing", "master.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
}

func TestMasterKeyFileThatOthersMayUseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	create(t, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for mode := range fs.FileMode(0o1000) {
		if mode&0o400 == 0 {
			continue // it may be read by its owner at least
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.ReadMasterKey(path)
		if mode&0o077 == 0 {
			if err != nil {
				t.Errorf("mode %04o: %v", mode, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) || !strings.Contains(err.Error(), fmt.Sprintf("%04o", mode)) {
			t.Errorf("mode %04o: error %v, want a hint with the mode and chmod", mode, err)
		}
		wantHidden(t, err, bytes.TrimSpace(text))
	}
}

func TestMasterKeyThatIsNotOneIsRefusedWithoutShowingIt(t *testing.T) {
	encode := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xab}, n)) }
	for _, test := range []struct{ name, text string }{
		{"empty", ""},
		{"a line end alone", "\n"},
		{"31 bytes", encode(31)},
		{"33 bytes", encode(33)},
		{"16 bytes", encode(16)},
		{"64 bytes", encode(64)},
		{"hexadecimal", strings.Repeat("ab", 32)},
		{"no base64", "a pass phrase!"},
		{"raw bytes", strings.Repeat("\xab", 32)},
		{"base64 without its end", strings.TrimRight(encode(32), "=")},
		{"base64 of URLs", base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32))},
		{"two keys", encode(32) + "\n" + encode(32)},
		{"something after it", encode(32) + " # master key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			key, err := seal.ReadMasterKey(path)
			if key != nil {
				t.Error("there is a key")
			}
			var secrets [][]byte
			if text := strings.TrimSpace(test.text); text != "" {
				secrets = append(secrets, []byte(text), []byte(text)[:6])
			}
			wantHidden(t, err, secrets...)
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error %q does not name the file", err)
			}
			_, err = seal.ParseMasterKey([]byte(test.text))
			wantHidden(t, err, secrets...)
		})
	}
}

func TestMasterKeyMayHaveSpaceAroundIt(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(rawMasterKey(1))
	for _, around := range []string{text, text + "\n", text + "\r\n", " " + text + " ", "\n\n" + text} {
		key, err := seal.ParseMasterKey([]byte(around))
		if err != nil {
			t.Errorf("%q: %v", around, err)
		} else if key.ID() != masterKey(t, 1).ID() {
			t.Errorf("%q has the id %s", around, key.ID())
		}
	}
}

func TestMasterKeyFileThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := seal.ReadMasterKey(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: error %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := seal.ReadMasterKey(dir); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a folder: error %v, want that it is not a file", err)
	}
}

func TestMasterKeyDoesNotPrint(t *testing.T) {
	key := masterKey(t, 0x61)
	text := fmt.Sprintf("%v %+v %#v %v %+v %#v", key, key, key, *key, *key, *key)
	for _, form := range []string{"aaaaaaaa", "61616161", "97 97 97", "0x61, 0x61", base64.StdEncoding.EncodeToString(rawMasterKey(0x61))} {
		if strings.Contains(text, form) {
			t.Errorf("printed, it shows %q", form)
		}
	}
}
