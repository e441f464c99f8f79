package csrd_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"csrd/inventory"
	"csrd/ssl"
)

var update = flag.Bool("update", false, "write the documents that are made from the code, in docs, instead of comparing them")

const compatibility = "docs/compatibility.md"

// The document is made of what stands in the code: this test is its generator.
func TestCompatibilityDocumentIsWhatTheCodeSays(t *testing.T) {
	text := compatibilityDocument(t)
	if *update {
		if err := os.WriteFile(compatibility, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(compatibility)
	if err != nil || string(have) != text {
		t.Errorf("%s is not what the code says (%v): run `go test . -update` and read what changed", compatibility, err)
	}
}

func compatibilityDocument(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`# Compatibility

What csrd takes and answers, against the documentation of Tencent Cloud's API 3.0 and of ssl 2019-12-05, and against what
official clients really send. This page is generated: ` + "`go test . -update`" + ` makes it from the code.

## Clients

Requests that official SDKs really sent are kept in the repository and answered in the tests, by method of signature and
HTTP method:

| SDK | version | recorded requests |
|---|---|---|
`)
	for _, row := range capturedClients(t) {
		b.WriteString(row)
	}
	goVersion, nodeVersion := liveClients(t)
	fmt.Fprintf(&b, `
Run live against a real csrd, from draft to deletion: tencentcloud-sdk-go common %s, and tencentcloud-sdk-nodejs-intl-en
%s in each of its modes (TC3-HMAC-SHA256, HmacSHA256 and HmacSHA1, by GET and by POST).

Known by their source alone: Python, tccli, Java, PHP and .NET.

## Request forms

| form | signature | at most |
|---|---|---|
| POST application/json | TC3-HMAC-SHA256 | 10 MB |
| POST multipart/form-data | TC3-HMAC-SHA256 | 10 MB |
| POST application/x-www-form-urlencoded | HmacSHA256, HmacSHA1 | 1 MB |
| GET | TC3-HMAC-SHA256, HmacSHA256, HmacSHA1 | 32 KB of query |

What a signature covers, as SDKs make it: TC3 the method, the host (without its port from Node.js), Content-Type, the
query of a GET or the body, and its own time and scope, but not the path, the action, the version, the region, the language
or the token; v1 the method, the host, the path and every parameter.

The payload may be unsigned (X-TC-Content-SHA256: UNSIGNED-PAYLOAD). A body of application/octet-stream is refused: no
action takes one.

The header section of any request may have 64 KB, and its head, from the request line on, 256 KB. What is not HTTP/1, or
has no Host or more than one, is answered in an envelope like everything, and its connection closed. A client that speaks
TLS to a plain port is cut off; one that speaks plain HTTP to a TLS port is told so. A Host that is a whole URL, as tccli
and the Python SDK send it for an endpoint with a scheme, is taken in the first request of a connection.

`, goVersion, nodeVersion)
	b.WriteString("## Common codes\n\n| code | when |\n|---|---|\n")
	for _, row := range commonCodes(t) {
		b.WriteString(row)
	}
	b.WriteString("\n## Codes of the actions\n\nBesides the common ones. Those that csrd never answers with say why.\n\n| action | code | when | never, because |\n|---|---|---|---|\n")
	for _, spec := range ssl.Table().Specs() {
		for _, o := range spec.Outcomes {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", spec.Name, o.Code, o.When, o.Never)
		}
	}
	fmt.Fprintf(&b, "\n## csrd's own actions\n\nUnder its own version, %s, csrd has actions that the cloud does not have; under 2019-12-05 they are InvalidAction.\n\n| action | what it does |\n|---|---|\n", inventory.Version)
	for _, spec := range inventory.Table().Specs() {
		fmt.Fprintf(&b, "| %s | %s |\n", spec.Name, spec.Summary)
	}
	b.WriteString("\n| action | code | when |\n|---|---|---|\n")
	for _, spec := range inventory.Table().Specs() {
		for _, o := range spec.Outcomes {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", spec.Name, o.Code, o.When)
		}
	}
	b.WriteString("\n## Where the public documentation is silent\n\nEach of these is csrd's own decision, to be changed, where it stands, when the real service is seen to differ.\n\n| decision | stands in |\n|---|---|\n")
	for _, row := range decisions(t) {
		b.WriteString(row)
	}
	return b.String()
}

// capturedClients reads the folders of captures: their README for the versions
// and the names of the files for the modes.
func capturedClients(t *testing.T) (rows []string) {
	t.Helper()
	files, err := filepath.Glob("*/testdata/captures/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured request found: %v", err)
	}
	readme, err := os.ReadFile("tc3/testdata/captures/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)-` \\| (.+) (\\S+) \\|$").FindAllStringSubmatch(string(readme), -1) {
		modes := map[string]int{}
		for _, file := range files {
			parts := strings.Split(strings.TrimPrefix(strings.TrimSuffix(filepath.Base(file), ".http"), m[1]+"-"), "-")
			if !strings.HasPrefix(filepath.Base(file), m[1]+"-") {
				continue
			}
			mode := parts[0]
			if len(parts) > 1 && (parts[1] == "get" || parts[1] == "post") {
				mode += " " + strings.ToUpper(parts[1])
			}
			modes[mode]++
		}
		var list []string
		for mode, n := range modes {
			list = append(list, fmt.Sprintf("%s × %d", mode, n))
		}
		slices.Sort(list)
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", m[2], m[3], strings.Join(list, ", ")))
	}
	if len(rows) == 0 {
		t.Fatal("no SDK found in the README of the captures")
	}
	return rows
}

func liveClients(t *testing.T) (goVersion, nodeVersion string) {
	t.Helper()
	mod, err := os.ReadFile("sdktest/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`tencentcloud/common (v\S+)`).FindSubmatch(mod)
	if m == nil {
		t.Fatal("sdktest/go.mod names no Go SDK")
	}
	text, err := os.ReadFile("sdktest/node/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	return string(m[1]), manifest.Dependencies["tencentcloud-sdk-nodejs-intl-en"]
}

// commonCodes reads the constants of action/error.go and their comments.
func commonCodes(t *testing.T) (rows []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "action/error.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || spec.Comment == nil {
			t.Errorf("%s does not say when (%v)", spec.Names[0].Name, err)
			return true
		}
		rows = append(rows, fmt.Sprintf("| %s | %s |\n", code, strings.TrimSpace(spec.Comment.Text())))
		return true
	})
	if len(rows) == 0 {
		t.Fatal("no code found")
	}
	return rows
}

// decisions gathers the comments that begin with "Decision:".
func decisions(t *testing.T) (rows []string) {
	t.Helper()
	eachGoFile(t, func(name string, file *ast.File) {
		for _, group := range file.Comments {
			if text, ok := strings.CutPrefix(strings.Join(strings.Fields(group.Text()), " "), "Decision: "); ok {
				rows = append(rows, fmt.Sprintf("| %s%s | [%s](../%s) |\n", strings.ToUpper(text[:1]), text[1:], name, name))
			}
		}
	})
	if len(rows) == 0 {
		t.Fatal("no decision found")
	}
	return rows
}
