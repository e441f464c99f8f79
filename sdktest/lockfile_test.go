package sdktest

import (
	"encoding/json"
	"testing"
)

func TestLockFileNamesNoRegistry(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version, Resolved, Integrity string
		}
	}
	readNodeFile(t, "node/package-lock.json", &lock)
	if len(lock.Packages) < 2 {
		t.Fatal("package-lock.json locks nothing")
	}
	for name, p := range lock.Packages {
		if name == "" {
			continue // our own
		}
		if p.Resolved != "" {
			t.Errorf("%s is fetched from %s; node/.npmrc keeps such addresses out: make the file anew with npm install", name, p.Resolved)
		}
		if p.Version == "" || p.Integrity == "" {
			t.Errorf("%s is without its version or its hash", name)
		}
	}
}

func TestNodeSDKIsPinned(t *testing.T) {
	var pkg struct{ Dependencies map[string]string }
	readNodeFile(t, "node/package.json", &pkg)
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	readNodeFile(t, "node/package-lock.json", &lock)
	for name, want := range pkg.Dependencies {
		if got := lock.Packages["node_modules/"+name].Version; got != want {
			t.Errorf("%s is to be %q, and %q is locked: it must be one exact version", name, want, got)
		}
	}
}

func readNodeFile(t *testing.T, name string, into any) {
	t.Helper()
	text, err := nodeFiles.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
