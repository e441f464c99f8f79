package browsertest

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// nodeFiles are the Node package that names axe-core and others; its modules
// are not of it.
//
//go:embed node/.npmrc node/package.json node/package-lock.json node/validate.mjs
var nodeFiles embed.FS

// nodeModules is where the Node package is installed, once; the folder is of
// TestMain's.
var nodeModules struct {
	sync.Once
	dir string
	err error
}

// installNode installs what package-lock.json says and returns the folder.
func installNode(t *testing.T) string {
	t.Helper()
	npm := need(t, "npm")
	nodeModules.Do(func() {
		dir := filepath.Join(filepath.Dir(binary), "node")
		files, err := fs.Sub(nodeFiles, "node")
		if err == nil {
			err = os.CopyFS(dir, files)
		}
		if err != nil {
			nodeModules.err = err
			return
		}
		install := exec.Command(npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			nodeModules.err = fmt.Errorf("npm ci: %w\n%s", err, out)
		}
		nodeModules.dir = dir
	})
	must(t, nodeModules.err)
	return nodeModules.dir
}

// axeScript is the text of axe-core.
func axeScript(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(installNode(t), "node_modules", "axe-core", "axe.min.js"))
	must(t, err)
	return string(script)
}

// accessible fails the test where axe-core finds a violation in the page as it
// is now; state names how the page is.
func (p *page) accessible(state string) {
	p.t.Helper()
	if !eval[bool](p, `Boolean(window.axe)`) {
		eval[bool](p, axeScript(p.t)+"\n;true")
	}
	found := eval[struct {
		Passes     int
		Violations []struct {
			Id, Help string
			Nodes    []struct{ Html, FailureSummary string }
		}
	}](p, `axe.run(document, {resultTypes: ['violations']}).then(r => ({Passes: r.passes.length, Violations: r.violations.map(v => (
		{Id: v.id, Help: v.help, Nodes: v.nodes.map(n => ({Html: n.html, FailureSummary: n.failureSummary}))}))}))`)
	if found.Passes == 0 {
		p.t.Errorf("%s: axe-core has looked at nothing", state)
	}
	for _, v := range found.Violations {
		var places []string
		for _, n := range v.Nodes {
			places = append(places, n.Html+"\n"+n.FailureSummary)
		}
		p.t.Errorf("%s: %s: %s\n%s", state, v.Id, v.Help, strings.Join(places, "\n"))
	}
}
