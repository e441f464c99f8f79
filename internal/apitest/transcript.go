// Package apitest runs the transcripts of a product's actions, and checks that
// they show all that the actions document.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"csrd/action"
	"csrd/csr"

	"github.com/rogpeppe/go-internal/txtar"
)

// ErrUnexpected is the fault of a store that fails as nobody foresaw.
var ErrUnexpected = errors.New("the disk has turned to cheese")

// Step is a request of a transcript. A transcript is a txtar archive,
// testdata/<Action>.txtar, of pairs of files: a request, then its response. The
// request's file is named
//
//	what it shows: Action [under VERSION] [of ACCOUNT] [x TIMES] [while the store is unavailable|fails]
//
// and holds the parameters. In them ${N*TEXT}$ stands for N times TEXT, and
// ${N,TEXT}$ for the same joined by commas, a # in it the number. In a response
// PEM is shown as <PEM label>, and SHA-256 in hexadecimal as <SHA-256>.
type Step struct {
	Action  string
	Version string // "" for that of the action's product
	Account string
	Fault   error // what the store fails with

	times int
}

// Call sends the request of a step and returns the body of the answer.
type Call func(t *testing.T, s Step, parameters []byte) []byte

var stepName = regexp.MustCompile(`^(.+): ([A-Za-z]+)(?: under ([\d-]+))?(?: of (\w+))?(?: x (\d+))?(?: while the store (is unavailable|fails))?$`)

func parseStep(t *testing.T, name string) Step {
	t.Helper()
	m := stepName.FindStringSubmatch(name)
	if m == nil {
		t.Fatalf("%q is not the name of a request", name)
	}
	s := Step{Action: m[2], Version: m[3], Account: m[4], times: 1}
	if s.Account == "" {
		s.Account = "alice"
	}
	if m[5] != "" {
		s.times, _ = strconv.Atoi(m[5])
	}
	switch m[6] {
	case "is unavailable":
		s.Fault = fmt.Errorf("%w: on demand", csr.ErrUnavailable)
	case "fails":
		s.Fault = ErrUnexpected
	}
	return s
}

var repetition = regexp.MustCompile(`\$\{(\d+)([*,])(.*?)\}\$`)

func expand(text string) string {
	return repetition.ReplaceAllStringFunc(text, func(found string) string {
		m := repetition.FindStringSubmatch(found)
		n, _ := strconv.Atoi(m[1])
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(m[3], "#", strconv.Itoa(i+1))
		}
		return strings.Join(parts, map[string]string{"*": "", ",": ","}[m[2]])
	})
}

var pemText = regexp.MustCompile(`-----BEGIN ([A-Z ]+)-----\\r\\n(?:[A-Za-z0-9+/=]{1,64}\\r\\n)+-----END ([A-Z ]+)-----\\r\\n`)

var hashText = regexp.MustCompile(`(SHA-256 |the CSR's |"SPKISHA256":")[0-9a-f]{64}\b`)

// readable indents a response, in the order of its fields, without what
// differs from run to run.
func readable(t *testing.T, response []byte) []byte {
	t.Helper()
	var text bytes.Buffer
	response = hashText.ReplaceAll(pemText.ReplaceAll(response, []byte("<PEM $1>")), []byte("$1<SHA-256>"))
	if err := json.Indent(&text, response, "", "  "); err != nil {
		t.Fatal(err)
	}
	text.WriteByte('\n')
	return text.Bytes()
}

// Transcripts runs those in testdata. open starts a server that has nothing
// yet. update writes the responses instead of comparing them.
func Transcripts(t *testing.T, update bool, open func(t *testing.T) Call) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcript found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { run(t, file, update, open(t)) })
	}
}

func run(t *testing.T, file string, update bool, call Call) {
	archive := parse(t, file)
	for pair := range slices.Chunk(archive.Files, 2) {
		request, response := pair[0], &pair[1]
		s := parseStep(t, request.Name)
		if response.Name != "response" {
			t.Fatalf("%q is followed by %q, not by its response", request.Name, response.Name)
		}
		var answer []byte
		for range s.times {
			answer = call(t, s, []byte(expand(string(request.Data))))
		}
		got := readable(t, answer)
		if update {
			response.Data = got
		} else if !bytes.Equal(got, response.Data) {
			t.Errorf("%s: answered\n%swant\n%s", request.Name, got, response.Data)
		}
	}
	if update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t *testing.T, file string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
		t.Fatalf("%d files are no pairs of request and response", len(archive.Files))
	}
	return archive
}

// EveryCodeIsShown fails unless every action has a transcript, in which every
// code arises that its page documents, but for those that say why they cannot;
// these do not. An action that asks no store has no unforeseen failure to show.
func EveryCodeIsShown(t *testing.T, specs []action.Spec, asksNoStore ...string) {
	for _, spec := range specs {
		archive := parse(t, filepath.Join("testdata", spec.Name+".txtar"))
		arisen := map[action.Code]bool{}
		for pair := range slices.Chunk(archive.Files, 2) {
			var envelope struct {
				Response struct{ Error struct{ Code action.Code } }
			}
			if err := json.Unmarshal(pair[1].Data, &envelope); err != nil {
				t.Fatal(err)
			}
			if s := parseStep(t, pair[0].Name); s.Action == spec.Name && s.Version == "" {
				arisen[envelope.Response.Error.Code] = true
			}
		}
		documented := map[action.Code]bool{
			"": true, action.CodeInternalError: true, action.CodeMissingParameter: true, action.CodeUnknownParameter: true,
			action.CodeInvalidParameter: true, action.CodeInvalidParameterValue: true,
		}
		for _, o := range spec.Outcomes {
			documented[o.Code] = true
			if arisen[o.Code] == (o.Never != "") {
				t.Errorf("%s: %s arises: %t; said of why it cannot: %q", spec.Name, o.Code, arisen[o.Code], o.Never)
			}
		}
		for code := range arisen {
			if !documented[code] {
				t.Errorf("%s answers with %s, which it does not document", spec.Name, code)
			}
		}
		for _, common := range []action.Code{"", action.CodeInternalError, action.CodeUnknownParameter, action.CodeInvalidParameter} {
			if !arisen[common] && (common != action.CodeInternalError || !slices.Contains(asksNoStore, spec.Name)) {
				t.Errorf("%s: its transcript shows no %q", spec.Name, common)
			}
		}
	}
}

// EveryExampleIsShown fails unless the example of every action stands in its
// transcript, where its response was really answered.
func EveryExampleIsShown(t *testing.T, specs []action.Spec) {
	for _, spec := range specs {
		shown := false
		for pair := range slices.Chunk(parse(t, filepath.Join("testdata", spec.Name+".txtar")).Files, 2) {
			if s := parseStep(t, pair[0].Name); s.Action == spec.Name && s.Version == "" {
				shown = shown || sameJSON(t, pair[0].Data, []byte(spec.Example.Parameters)) &&
					sameJSON(t, pair[1].Data, fmt.Appendf(nil, `{"Response":%s}`, spec.Example.Response))
			}
		}
		if !shown {
			t.Errorf("%s: its transcript does not show its example, with that response", spec.Name)
		}
	}
}

// sameJSON compares what is JSON; a transcript shows other requests too.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var left, right any
	if json.Unmarshal(a, &left) != nil {
		return false
	}
	if err := json.Unmarshal(b, &right); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return reflect.DeepEqual(left, right)
}

// EverythingIsDocumented fails unless every action has its summary, and every
// parameter and field of a response its sentence, in both languages.
func EverythingIsDocumented(t *testing.T, specs []action.Spec) {
	for _, spec := range specs {
		if spec.Summary == "" || spec.SummaryZh == "" || (spec.Doc == "") != (spec.DocZh == "") {
			t.Errorf("%s has no summary in both languages, or its text in one", spec.Name)
		}
		for _, o := range spec.Outcomes {
			if o.When == "" || o.Never == "" && o.WhenZh == "" {
				t.Errorf("%s does not say in both languages when %s arises", spec.Name, o.Code)
			}
		}
		var check func(path string, params []action.Param)
		check = func(path string, params []action.Param) {
			for _, p := range params {
				name := path + "." + p.Name
				if p.Doc == "" || p.Zh == "" {
					t.Errorf("%s is not documented in both languages", name)
				}
				check(name, p.Fields)
				if p.Elem != nil {
					check(name, p.Elem.Fields)
				}
			}
		}
		check(spec.Name, spec.Params)
		check(spec.Name+" response", spec.Result)
	}
}
