package browsertest

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// hostileTexts are texts of what ends literals, begins expansions or is no
// plain character; none has U+0000, which no shell can hold.
func hostileTexts() []string {
	pieces := []string{"'", `"`, "`", `\`, `\\`, `\u0041`, `\'`, "$", "${HOME}", "$(id)", "#{x}", "%s", "%d", "!", "!!", "&", "\n", "\r\n", "\t", " ", "-", "--", "=", "//", "/*", "*/", "#", "<?php", "?>", "<script>", "</script>",
		"\x01", "\x1b", "\x7f", "\u0085", "\u2028", "\u2029", "\ufeff", "é", "云", "𝒳", "a", "EOF", "{{x}}", "~", "*", "file://"}
	random := rand.New(rand.NewPCG(1, 2))
	texts := append([]string{""}, pieces...)
	for range 400 {
		var text strings.Builder
		for range random.IntN(8) + 1 {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		texts = append(texts, text.String())
	}
	return texts
}

// quoted has Node.js make the literals of the samples.
const quoted = `
const { pathToFileURL } = require('node:url');
import(pathToFileURL(process.argv[1])).then((quote) => {
  const texts = JSON.parse(require('node:fs').readFileSync(0));
  const literals = Object.fromEntries(['shell', 'go', 'java', 'csharp', 'python', 'javascript', 'php'].map((l) => [l, texts.map(quote[l])]));
  literals.back = literals.javascript.map((l) => (0, eval)(l));
  console.log(JSON.stringify(literals));
});`

func TestAnyTextIsQuotedForEveryLanguage(t *testing.T) {
	texts := hostileTexts()
	given, err := json.Marshal(texts)
	must(t, err)
	dir := t.TempDir()
	source, err := os.ReadFile(filepath.Join("..", "internal", "console", "web", "explorer", "sample", "quote.js"))
	must(t, err)
	module := filepath.Join(dir, "quote.mjs") // whose name says that it is a module
	must(t, os.WriteFile(module, source, 0o600))
	node := exec.Command(need(t, "node"), "-e", quoted, module)
	node.Stdin = bytes.NewReader(given)
	out, err := node.Output()
	must(t, err)
	var literals struct{ Shell, Go, Java, CSharp, Python, JavaScript, PHP, Back []string }
	must(t, json.Unmarshal(out, &literals))

	compare := func(language string, got []string) {
		t.Helper()
		if len(got) != len(texts) {
			t.Fatalf("%s has %d texts of %d", language, len(got), len(texts))
		}
		for i, want := range texts {
			if got[i] != want {
				t.Errorf("%s reads %q, want %q", language, got[i], want)
			}
		}
	}
	compare("JavaScript", literals.Back)

	var inGo []string
	for _, literal := range literals.Go {
		text, err := strconv.Unquote(literal)
		if err != nil {
			t.Errorf("Go does not read %s: %v", literal, err)
		}
		inGo = append(inGo, text)
	}
	compare("Go", inGo)

	script := filepath.Join(dir, "texts.sh")
	must(t, os.WriteFile(script, []byte("printf '%s\\0' "+strings.Join(literals.Shell, " ")), 0o600))
	inShell, err := exec.Command(need(t, "bash"), script).Output()
	must(t, err)
	compare("bash", strings.Split(strings.TrimSuffix(string(inShell), "\x00"), "\x00"))

	// These are not run: their literals must have no line end and no quote that
	// is not escaped, and be what reads alike in Go, whose escapes they have.
	for i, literal := range literals.Java {
		for language, same := range map[string]string{"C#": literals.CSharp[i], "Python": literals.Python[i]} {
			if same != literal {
				t.Errorf("%s differs from Java's: %s, %s", language, same, literal)
			}
		}
		if text, err := strconv.Unquote(literal); err != nil || text != texts[i] {
			t.Errorf("%s is read as %q (%v), want %q", literal, text, err, texts[i])
		}
	}
	for i, literal := range literals.PHP {
		inner := strings.TrimSuffix(strings.TrimPrefix(literal, "'"), "'")
		read := strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(inner)
		if len(literal) != len(inner)+2 || read != texts[i] || strings.Contains(strings.NewReplacer(`\\`, "", `\'`, "").Replace(inner), "'") {
			t.Errorf("PHP reads %s as %q, want %q", literal, read, texts[i])
		}
	}
}
