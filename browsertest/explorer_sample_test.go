package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sampleTimeout is the time that one sample has.
const sampleTimeout = time.Minute

// sampled is a sample as the Explorer shows it, with what it needs.
type sampled struct {
	action, language, code string
	secret                 map[string]string
	parameters             map[string]any
}

// samples takes the samples of every action in the languages that can be run
// here from the page.
func samples(t *testing.T, s *site) (all []sampled) {
	t.Helper()
	p := open(t, s, "/explorer/")
	p.click("[data-tab=code]")
	for _, spec := range specs() {
		parameters := s.parametersFor(t, spec)
		address, secret := link(t, spec, parameters)
		_, hash, _ := strings.Cut(address, "#")
		eval[bool](p, `(location.hash = `+quote("#"+hash)+`, true)`)
		p.wait(fmt.Sprintf(`document.querySelector('#action-title')?.innerText === %s && document.querySelector('#sample')?.textContent.includes(%s)`, quote(spec.Name), quote(spec.Name)))
		for name, value := range secret {
			p.fill("#field-"+name, value)
		}
		for language, mark := range map[string]string{"curl": "curl --silent", "csrd": "csrd call", "go": "package main", "node": "require("} {
			eval[bool](p, fmt.Sprintf(`(document.querySelector('input[value=%s]').click(), true)`, language))
			p.wait(fmt.Sprintf(`document.querySelector('#sample').textContent.includes(%s)`, quote(mark)))
			all = append(all, sampled{spec.Name, language, p.value("#sample"), secret, parameters})
		}
	}
	return all
}

func TestEverySampleRunsAndIsAnswered(t *testing.T) {
	for _, program := range []string{"bash", "curl", "openssl", "node"} {
		need(t, program)
	}
	s := serve(t)
	dir := t.TempDir()
	all := samples(t, s)
	if want := 4 * len(specs()); len(all) != want {
		t.Fatalf("there are %d samples, want %d", len(all), want)
	}
	buildGoSamples(t, dir, all)
	node := installNode(t)
	for _, one := range all {
		t.Run(one.action+" "+one.language, func(t *testing.T) {
			t.Parallel()
			for name, value := range one.secret {
				if len(value) > 4 && strings.Contains(one.code, value) {
					t.Errorf("the value of %s stands in the code", name)
				}
			}
			file := filepath.Join(dir, one.action+"-"+one.language)
			var command []string
			switch one.language {
			case "go":
				command = []string{filepath.Join(dir, "bin", strings.ToLower(one.action))}
			case "node":
				file = filepath.Join(node, one.action+".js") // beside the SDK
				must(t, os.WriteFile(file, []byte(one.code), 0o600))
				command = []string{"node", file}
			default:
				must(t, os.WriteFile(file, []byte(one.code), 0o600))
				command = []string{"bash", file}
			}
			answered(t, runSample(t, s, one, command), one)
		})
	}
}

// runSample runs a sample with what the page says that it needs, and returns what it prints.
func runSample(t *testing.T, s *site, one sampled, command []string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sampleTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "TENCENTCLOUD_SECRET_ID="+s.key.SecretID, "TENCENTCLOUD_SECRET_KEY="+s.key.SecretKey,
		"PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"), "no_proxy=127.0.0.1")
	for name, variable := range map[string]string{"Content": "CONTENT", "KeyPassword": "KEY_PASSWORD", "PrivateKey": "PRIVATE_KEY"} {
		if value, given := one.secret[name]; given {
			cmd.Env = append(cmd.Env, variable+"="+value)
		}
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s\nof\n%s", err, errs.String(), out, one.code)
	}
	return out
}

// answered fails the test unless what a sample printed is the response of its action.
func answered(t *testing.T, out []byte, one sampled) {
	t.Helper()
	var response map[string]any
	if err := json.Unmarshal(out, &response); err != nil {
		t.Fatalf("%v: it printed\n%s", err, out)
	}
	if inner, enveloped := response["Response"].(map[string]any); enveloped {
		response = inner
	}
	for _, spec := range specs() {
		for _, field := range spec.Result {
			if _, there := response[field.Name]; spec.Name == one.action && !there {
				t.Errorf("what was answered has no %s:\n%s", field.Name, out)
			}
		}
	}
}

// buildGoSamples builds the samples in Go at once, with the SDK that sdktest pins.
func buildGoSamples(t *testing.T, dir string, all []sampled) {
	t.Helper()
	module := filepath.Join(dir, "module")
	for _, one := range all {
		if one.language == "go" {
			folder := filepath.Join(module, strings.ToLower(one.action))
			must(t, os.MkdirAll(folder, 0o755))
			must(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte(one.code), 0o600))
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", "sdktest", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(module, name), []byte(strings.Replace(string(text), "module csrd/sdktest", "module samples", 1)), 0o600))
	}
	must(t, os.MkdirAll(filepath.Join(dir, "bin"), 0o755))
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin")+"/", "./...")
	build.Dir = module
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the samples in Go: %v\n%s", err, out)
	}
}
