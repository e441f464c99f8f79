package durable_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"csrd/internal/durable"
)

// wantOnly fails unless a folder holds exactly the names given.
func wantOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(names) {
		t.Fatalf("the folder holds %q, want %q", got, names)
	}
	for i, name := range names { // ReadDir sorts
		if got[i] != name {
			t.Errorf("the folder holds %q, want %q", got, names)
		}
	}
}

func wantFile(t *testing.T, path, text string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Errorf("the file holds %q, want %q", got, text)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != 0o600 {
		t.Errorf("the file has mode %v, want -rw-------", mode)
	}
}

func TestWriteFileMakesAFileThatOnlyItsOwnerReads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	if err := durable.WriteFile(path, []byte("text\n")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "text\n")
	wantOnly(t, dir, "secret")
}

func TestWriteFileReplacesAFileAndItsLooserMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	if err := os.WriteFile(path, []byte("a longer text that was there before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new")
	wantOnly(t, dir, "secret")
}

func TestWriteFileInTheCurrentFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := durable.WriteFile("secret", []byte("x")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(dir, "secret"), "x")
	wantOnly(t, dir, "secret")
}

func TestWriteFileThatFailsChangesNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		target string // within a folder that holds the file "file" and the folder "folder"
	}{
		{"the folder is missing", "missing/secret"},
		{"the folder is a file", "file/secret"},
		{"the target is a folder", "folder"},
		{"the target is a folder with something in it", "full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, folder := range []string{"folder", "full"} {
				if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range []string{"file", "full/file"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := durable.WriteFile(filepath.Join(dir, test.target), []byte("new")); err == nil {
				t.Error("no error")
			}
			wantOnly(t, dir, "file", "folder", "full")
			wantOnly(t, filepath.Join(dir, "folder"))
			wantOnly(t, filepath.Join(dir, "full"), "file")
			wantFile(t, filepath.Join(dir, "file"), "old")
		})
	}
}

// Whoever reads while the file is replaced sees the old text or the new one.
func TestReadersNeverSeeHalfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	texts := [][]byte{bytes.Repeat([]byte("a"), 1<<18), bytes.Repeat([]byte("b"), 1<<17)}
	if err := durable.WriteFile(path, texts[0]); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		defer close(written)
		for i := range 20 {
			if err := durable.WriteFile(path, texts[(i+1)%2]); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer writer.Wait()
	for more := true; more; {
		select {
		case <-written:
			more = false // and look once more
		default:
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, texts[0]) && !bytes.Equal(got, texts[1]) {
			t.Fatalf("%d bytes are neither of the texts", len(got))
		}
	}
}

func TestSyncFolderTellsThatThereIsNone(t *testing.T) {
	dir := t.TempDir()
	if err := durable.SyncFolder(dir); err != nil {
		t.Error(err)
	}
	if err := durable.SyncFolder(filepath.Join(dir, "missing")); err == nil {
		t.Error("no error for a folder that is missing")
	}
}
