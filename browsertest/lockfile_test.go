package browsertest

import (
	"encoding/json"
	"testing"
)

func TestAxeIsPinnedAndTheLockFileNamesNoRegistry(t *testing.T) {
	read := func(name string, into any) {
		t.Helper()
		text, err := nodeFiles.ReadFile(name)
		must(t, err)
		must(t, json.Unmarshal(text, into))
	}
	var wanted struct{ Dependencies map[string]string }
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	read("node/package.json", &wanted)
	read("node/package-lock.json", &lock)
	for name, version := range wanted.Dependencies {
		if got := lock.Packages["node_modules/"+name].Version; got != version {
			t.Errorf("%s is to be %q, and %q is locked: it must be one exact version", name, version, got)
		}
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Resolved != "" || p.Version == "" || p.Integrity == "") {
			t.Errorf("%s is locked as %+v: it must have a version and a hash, and name no registry", name, p)
		}
	}
}
