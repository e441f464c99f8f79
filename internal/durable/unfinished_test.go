package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"csrd/internal/durable"
)

func TestUnfinishedFilesAreRemovedAndNoOthers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"key", "key.new-1", "key.new-22", "key.new", "key.next.new-1", "other.new-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.RemoveUnfinished(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir, "key", "key.new", "key.next.new-1", "other.new-1")
}
