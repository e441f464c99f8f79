package console_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"csrd/internal/console"
	"csrd/inventory"
	"csrd/ssl"
)

// tables are those that csrd serves.
func tables() []console.Product {
	return []console.Product{
		{Name: ssl.Product, Version: ssl.Version, Actions: ssl.Table().Specs()},
		{Name: inventory.Product, Version: inventory.Version, Actions: inventory.Table().Specs()},
	}
}

// resolve is the path that a link in a file leads to.
func resolve(from, link string) string {
	resolved := path.Join(path.Dir(from), link)
	if strings.HasSuffix(link, "/") {
		resolved += "/"
	}
	return resolved
}

// eachFile reads the files whose name ends so.
func eachFile(t *testing.T, suffix string, look func(name, text string)) {
	t.Helper()
	seen := 0
	must(t, fs.WalkDir(os.DirFS("."), "web", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, suffix) {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		seen++
		look(name, string(text))
		return nil
	}))
	if seen == 0 {
		t.Fatalf("there is no file that ends in %q", suffix)
	}
}

// readTexts reads the texts of a folder in a language. A text with forms is
// its forms, one after the other.
func readTexts(t *testing.T, folder, language string) map[string]string {
	t.Helper()
	name := path.Join(folder, "text", language+".js")
	source, err := os.ReadFile(name)
	must(t, err)
	body, begins := strings.CutPrefix(strings.TrimSpace(string(source)), "export default ")
	body, ends := strings.CutSuffix(body, ";")
	if !begins || !ends {
		t.Fatalf("%s is not one exported object", name)
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(body), &raw); err != nil {
		t.Fatalf("%s: %v: its object is to be JSON", name, err)
	}
	texts := map[string]string{}
	for key, value := range raw {
		switch value := value.(type) {
		case string:
			texts[key] = value
		case map[string]any:
			if value["other"] == nil {
				t.Errorf("%s: %s has no form other", name, key)
			}
			for _, form := range slices.Sorted(maps.Keys(value)) {
				text, isText := value[form].(string)
				if !isText {
					t.Errorf("%s: the form %s of %s is no text", name, form, key)
				}
				texts[key] += text
			}
		default:
			t.Errorf("%s: %s is no text", name, key)
		}
		if strings.TrimSpace(texts[key]) == "" {
			t.Errorf("%s: %s is empty", name, key)
		}
	}
	return texts
}

var (
	placeholder = regexp.MustCompile(`\{\w+\}`)
	usedText    = regexp.MustCompile("\\bt\\((?:[^()'\"`]*\\? )?'([a-zA-Z]+\\.[a-zA-Z.]+)'(?: : '([a-zA-Z]+\\.[a-zA-Z.]+)')?")
	builtText   = regexp.MustCompile("`([a-zA-Z]+\\.(?:[a-zA-Z]+\\.)?)\\$\\{[^}`]*\\}`")
	quotedText  = regexp.MustCompile(`'([a-zA-Z]+\.[a-zA-Z.]+)'`)
)

// folders have texts of their own: what the pages share, and each page.
var folders = []string{"web/console/shared", "web/console", "web/explorer"}

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	for _, folder := range folders {
		english, chinese := readTexts(t, folder, "en"), readTexts(t, folder, "zh")
		for key, text := range english {
			if chinese[key] == "" {
				t.Errorf("%s: %s is not there in Chinese", folder, key)
				continue
			}
			places := func(text string) string {
				return strings.Join(slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(text, -1)))), " ")
			}
			// English has a form for one, where the number need not stand.
			if a, b := places(text), places(chinese[key]); a != b {
				t.Errorf("%s: %s has the places %q in English and %q in Chinese", folder, key, a, b)
			}
		}
		for key := range chinese {
			if english[key] == "" {
				t.Errorf("%s: %s is not there in English", folder, key)
			}
		}
	}
}

func TestEveryTextIsUsedAndEveryUsedTextIsThere(t *testing.T) {
	texts := map[string]bool{} // whether it is used
	for _, folder := range folders {
		for key := range readTexts(t, folder, "en") {
			if _, twice := texts[key]; twice {
				t.Errorf("%s: %s is another folder's too", folder, key)
			}
			texts[key] = false
		}
	}
	eachFile(t, ".js", func(name, source string) {
		if strings.Contains(name, "/text/") {
			return
		}
		for _, found := range usedText.FindAllStringSubmatch(source, -1) {
			for _, key := range found[1:] {
				if _, there := texts[key]; key != "" && !there {
					t.Errorf("%s: there is no text %s", name, key)
				}
			}
		}
		for _, found := range quotedText.FindAllStringSubmatch(source, -1) {
			if _, there := texts[found[1]]; there {
				texts[found[1]] = true
			}
		}
		for _, found := range builtText.FindAllStringSubmatch(source, -1) {
			for key := range texts {
				if strings.HasPrefix(key, found[1]) {
					texts[key] = true
				}
			}
		}
	})
	for key, used := range texts {
		if !used {
			t.Errorf("nothing uses the text %s", key)
		}
	}
}
