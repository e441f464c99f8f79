package csrd_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows lists, for each package, what it may import of the project and what
// it must not of the standard library. A package that is not listed fails the
// test: say where it stands.
var arrows = map[string]struct {
	may    []string
	mayNot []string
}{
	"tc3":                {mayNot: []string{"database/sql"}},
	"sigv1":              {mayNot: []string{"net/http", "database/sql"}},
	"csr":                {mayNot: []string{"net/http", "database/sql"}},
	"action":             {mayNot: []string{"net/http", "database/sql"}},
	"ssl":                {may: []string{"action", "csr", "internal/wire"}, mayNot: []string{"net/http", "database/sql"}},
	"inventory":          {may: []string{"action", "csr", "internal/wire"}, mayNot: []string{"net/http", "database/sql"}},
	"internal/wire":      {may: []string{"action", "csr", "internal/policy"}, mayNot: []string{"net/http", "database/sql"}},
	"internal/apitest":   {may: []string{"action", "csr"}},
	"internal/durable":   {},
	"internal/limit":     {},
	"internal/policy":    {mayNot: []string{"net/http", "database/sql"}},
	"internal/seal":      {may: []string{"csr", "internal/durable"}, mayNot: []string{"net/http", "database/sql"}},
	"internal/vault":     {may: []string{"internal/seal"}, mayNot: []string{"database/sql"}},
	"internal/audit":     {may: []string{"csr"}, mayNot: []string{"net/http", "database/sql"}},
	"internal/recorder":  {may: []string{"action", "csr", "internal/audit", "internal/wire"}, mayNot: []string{"database/sql"}},
	"internal/cam":       {may: []string{"action", "csr", "internal/policy", "internal/wire"}, mayNot: []string{"net/http", "database/sql"}},
	"internal/sqlstore":  {may: []string{"csr", "internal/audit", "internal/cam", "internal/seal", "internal/durable"}, mayNot: []string{"net/http"}},
	"internal/storetest": {may: []string{"csr", "internal/audit", "internal/cam", "internal/seal"}},
	"internal/testtool":  {},
	"internal/pgtest":    {may: []string{"internal/testtool"}, mayNot: []string{"database/sql"}},
	"internal/vaulttest": {},
	"internal/front":     {may: []string{"action", "csr", "tc3", "sigv1", "internal/cam", "internal/limit"}, mayNot: []string{"database/sql"}},
	"internal/cli": {may: []string{
		"action", "csr", "inventory", "ssl", "tc3", "internal/audit", "internal/cam", "internal/durable", "internal/front", "internal/limit", "internal/policy", "internal/recorder", "internal/seal", "internal/sqlstore", "internal/vault",
	}},
	"cmd/csrd": {may: []string{"internal/cli"}},
}

// onlyStandard lists the packages that import the standard library alone.
var onlyStandard = []string{"tc3", "sigv1", "action", "internal/durable", "internal/limit", "internal/policy"}

// onlyIn lists packages that one file alone imports.
var onlyIn = map[string]string{"database/sql": "internal/sqlstore/migrate.go"}

// source is a Go file that is not a test.
type source struct {
	path    string
	doc     bool // has a package comment
	imports []string
}

// sources returns the project's Go files by package.
func sources(t *testing.T) map[string][]source {
	t.Helper()
	packages := map[string][]source{}
	eachGoFile(t, func(name string, file *ast.File) {
		s := source{path: name, doc: file.Doc != nil}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			s.imports = append(s.imports, imported)
		}
		packages[path.Dir(name)] = append(packages[path.Dir(name)], s)
	})
	if len(packages) == 0 {
		t.Fatal("no Go file found")
	}
	return packages
}

// eachGoFile parses the Go files that are not tests, with their comments;
// sdktest and bench are modules of their own.
func eachGoFile(t *testing.T, look func(name string, file *ast.File)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "sdktest" || name == "bench" || name != "." && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		look(name, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsFollowTheArrows(t *testing.T) {
	for name, files := range sources(t) {
		arrow, listed := arrows[name]
		if !listed {
			t.Errorf("package %s stands nowhere: list it in arrows", name)
			continue
		}
		for _, file := range files {
			for _, imported := range file.imports {
				first, _, _ := strings.Cut(imported, "/")
				own, isOwn := strings.CutPrefix(imported, "csrd/")
				switch {
				case isOwn && !slices.Contains(arrow.may, own):
					t.Errorf("%s imports %s, against the arrows", file.path, imported)
				case slices.Contains(arrow.mayNot, imported):
					t.Errorf("%s imports %s, which its package must not", file.path, imported)
				case !isOwn && strings.Contains(first, ".") && slices.Contains(onlyStandard, name):
					t.Errorf("%s imports %s; its package keeps to the standard library", file.path, imported)
				}
				if home, restricted := onlyIn[imported]; restricted && file.path != home {
					t.Errorf("%s imports %s, which only %s may", file.path, imported, home)
				}
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for name, files := range sources(t) {
		var documented []string
		for _, file := range files {
			if file.doc {
				documented = append(documented, file.path)
			}
		}
		if len(documented) != 1 {
			t.Errorf("package %s has its comment in %d files %v, want one", name, len(documented), documented)
		}
	}
}

func TestGoFilesAreFormatted(t *testing.T) {
	out, err := exec.Command("gofmt", "-l", ".").CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("gofmt -l: %v\n%s", err, out)
	}
}
