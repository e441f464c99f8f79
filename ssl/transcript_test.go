package ssl_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"csrd/action"
	"csrd/csr"
	"csrd/ssl"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the responses into the transcripts instead of comparing them")

// A transcript is a txtar archive, testdata/<Action>.txtar, of pairs of files:
// a request, then its response. The request's file is named
//
//	what it shows: Action [of ACCOUNT] [x TIMES] [while the store is unavailable|fails]
//
// and holds the parameters. In them ${N*TEXT}$ stands for N times TEXT, and
// ${N,TEXT}$ for the same joined by commas, a # in it the number. PEM in a
// response is shown as <PEM label>.
type step struct {
	title, action, account string
	times                  int
	fault                  error
}

var stepName = regexp.MustCompile(`^(.+): ([A-Za-z]+)(?: of (\w+))?(?: x (\d+))?(?: while the store (is unavailable|fails))?$`)

func parseStep(t *testing.T, name string) step {
	t.Helper()
	m := stepName.FindStringSubmatch(name)
	if m == nil {
		t.Fatalf("%q is not the name of a request", name)
	}
	s := step{title: m[1], action: m[2], account: m[3], times: 1}
	if s.account == "" {
		s.account = "alice"
	}
	if m[4] != "" {
		s.times, _ = strconv.Atoi(m[4])
	}
	switch m[5] {
	case "is unavailable":
		s.fault = fmt.Errorf("%w: on demand", csr.ErrUnavailable)
	case "fails":
		s.fault = errUnexpected
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

// readable indents a response, in the order of its fields.
func readable(t *testing.T, response []byte) []byte {
	t.Helper()
	var text bytes.Buffer
	must(t, json.Indent(&text, pemText.ReplaceAll(response, []byte("<PEM $1>")), "", "  "))
	text.WriteByte('\n')
	return text.Bytes()
}

func transcripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no transcript found")
	}
	return files
}

func TestTranscripts(t *testing.T) {
	for _, file := range transcripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			must(t, err)
			if len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
				t.Fatalf("%d files are no pairs of request and response", len(archive.Files))
			}
			h := newHarness(t)
			for pair := range slices.Chunk(archive.Files, 2) {
				request, response := pair[0], &pair[1]
				s := parseStep(t, request.Name)
				if response.Name != "response" {
					t.Fatalf("%q is followed by %q, not by its response", request.Name, response.Name)
				}
				var answer []byte
				h.fault.err = s.fault
				for range s.times {
					answer = h.call(t, s.account, s.action, []byte(expand(string(request.Data))))
				}
				got := readable(t, answer)
				if *update {
					response.Data = got
				} else if !bytes.Equal(got, response.Data) {
					t.Errorf("%s: answered\n%swant\n%s", request.Name, got, response.Data)
				}
			}
			if *update {
				must(t, os.WriteFile(file, txtar.Format(archive), 0o644))
			}
		})
	}
}

// Every action has a transcript, in which every code arises that its page
// documents, but for those that say why they cannot; these do not.
func TestTranscriptsShowEveryDocumentedCode(t *testing.T) {
	for _, spec := range ssl.Table().Specs() {
		archive, err := txtar.ParseFile(filepath.Join("testdata", spec.Name+".txtar"))
		if err != nil {
			t.Error(err)
			continue
		}
		arisen := map[action.Code]bool{}
		for pair := range slices.Chunk(archive.Files, 2) {
			var envelope struct {
				Response struct{ Error struct{ Code action.Code } }
			}
			must(t, json.Unmarshal(pair[1].Data, &envelope))
			if parseStep(t, pair[0].Name).action == spec.Name {
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
			if !arisen[common] {
				t.Errorf("%s: its transcript shows no %q", spec.Name, common)
			}
		}
	}
}

func TestSummariesAndParametersAreDocumented(t *testing.T) {
	for _, spec := range ssl.Table().Specs() {
		if spec.Summary == "" {
			t.Errorf("%s has no summary", spec.Name)
		}
		var check func(path string, params []action.Param)
		check = func(path string, params []action.Param) {
			for _, p := range params {
				name := path + "." + p.Name
				if p.Doc == "" {
					t.Errorf("%s is not documented", name)
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
