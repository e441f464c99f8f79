package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"csrd/internal/cam"
)

// keyStore is a cam.KeyStore that knows no key, or cannot tell.
type keyStore struct {
	cam.KeyStore
	err error
}

func (s *keyStore) AccessKey(context.Context, string) (cam.AccessKey, error) {
	return cam.AccessKey{}, s.err
}

// The file of an access key that was surely not made is gone again; while that
// is not known, nobody may lose its SecretKey.
func TestFileOfAKeyStaysUnlessTheKeyWasSurelyNotMade(t *testing.T) {
	errCommit := errors.New("commit, its outcome unknown")
	for _, test := range []struct {
		name          string
		create, known error
		stays         bool
		want          string
	}{
		{"made", nil, nil, true, ""},
		{"refused", cam.ErrTooManyKeys, cam.ErrNoKey, false, cam.ErrTooManyKeys.Error()},
		{"made after all", errCommit, nil, true, "see `csrd key list` whether AKIDnew was made"},
		{"nobody knows", errCommit, errors.New("the disk is away"), true, "see `csrd key list` whether AKIDnew was made"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			m := keyMaker{out: filepath.Join(t.TempDir(), "new.key")}
			key := cam.AccessKey{SecretID: "AKIDnew", Owner: 100000000001, User: "dev"}
			err := m.keep(t.Context(), streams{out: &out}, &keyStore{err: test.known}, "Made it.", key, "the-secret-key", func() error {
				if text, err := os.ReadFile(m.out); err != nil || !strings.Contains(string(text), "\nCSRD_SECRET_KEY=the-secret-key\n") {
					t.Errorf("when it is made, the file has %q, %v", text, err)
				}
				return test.create
			})
			if _, missing := os.Stat(m.out); (missing == nil) != test.stays {
				t.Errorf("the file: %v, want that it stays %t", missing, test.stays)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if strings.Contains(out.String(), "the-secret-key") || err != nil && strings.Contains(err.Error(), "the-secret-key") {
				t.Errorf("the SecretKey is shown: %s, %v", out.String(), err)
			}
		})
	}
}

// brokenPipe takes nothing.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestKeyThatCouldNotBeShownIsNamed(t *testing.T) {
	var m keyMaker
	key := cam.AccessKey{SecretID: "AKIDnew", Owner: 100000000001}
	err := m.keep(t.Context(), streams{out: brokenPipe{}}, &keyStore{}, "Made it.", key, "the-secret-key", func() error { return nil })
	if !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "the access key AKIDnew was made, but not shown") {
		t.Errorf("error %v, want one that names the key", err)
	}
}
