package sdktest

import (
	"bufio"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nodeFiles are the Node package that holds the SDK; its modules are not of it.
//
//go:embed node/.npmrc node/driver.js node/package.json node/package-lock.json
var nodeFiles embed.FS

func TestNodeSDKWorksUnmodifiedInEveryMode(t *testing.T) {
	dir := installNodeSDK(t)
	for _, f := range server.forms(
		form{"localhost", server.endpoint.withName("localhost")}, // signed for the service "localhost:PORT"
	) {
		for _, m := range modes {
			t.Run(f.name+" "+m.String(), func(t *testing.T) {
				runScenarios(t, func(t *testing.T, c credential) sdk { return startNodeSDK(t, dir, f.endpoint, m, c) })
			})
		}
	}
}

func TestNodeSDKTakesTemporaryCredentialsInEveryMode(t *testing.T) {
	dir := installNodeSDK(t)
	for i, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			newTemporary(t, fmt.Sprintf("node-%d", i)).check(t, func(t *testing.T, c credential) sdk { return startNodeSDK(t, dir, server.endpoint, m, c) })
		})
	}
}

// installNodeSDK installs what package-lock.json says and returns the folder.
// It is one outside the checkout, which several runs may share.
func installNodeSDK(t *testing.T) string {
	npm := need(t, "npm")
	need(t, "node")
	dir := t.TempDir()
	files, err := fs.Sub(nodeFiles, "node")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	install := exec.Command(npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// nodeSDK calls actions with the typed client of the Node SDK, in a process of
// node/driver.js that takes one call a line.
type nodeSDK struct {
	requests  *json.Encoder
	responses *json.Decoder
}

// startNodeSDK starts a process that ends with the test.
func startNodeSDK(t *testing.T, dir string, e endpoint, m mode, c credential) nodeSDK {
	node := exec.Command(need(t, "node"), filepath.Join(dir, "driver.js"))
	node.Env = append(withoutVariables(os.Environ(), "CSRD_"),
		"SDK_PROTOCOL="+e.scheme+"://",
		"SDK_ENDPOINT="+e.host+e.path,
		"SDK_SIGN_METHOD="+m.sign,
		"SDK_HTTP_METHOD="+m.http,
		"SDK_SECRET_ID="+c.secretID,
		"SDK_SECRET_KEY="+c.secretKey,
		"SDK_TOKEN="+c.token)
	if e.loopback() {
		// The SDK takes this proxy for every address: it knows no no_proxy.
		node.Env = withoutVariables(node.Env, "http_proxy=")
	}
	node.Stderr = t.Output()
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		_, _ = io.Copy(io.Discard, out)
		if err := node.Wait(); err != nil {
			t.Errorf("node driver.js: %v", err)
		}
	})
	return nodeSDK{json.NewEncoder(in), json.NewDecoder(bufio.NewReader(out))}
}

func (s nodeSDK) call(action string, parameters map[string]any) (json.RawMessage, error) {
	request := struct {
		Action     string         `json:"action"`
		Parameters map[string]any `json:"parameters"`
	}{action, parameters}
	if err := s.requests.Encode(request); err != nil {
		return nil, fmt.Errorf("tell node: %w", err)
	}
	var answer struct {
		Response json.RawMessage
		Error    *apiError
		Failure  string // of anything but an error that the server answered with
	}
	if err := s.responses.Decode(&answer); err != nil {
		return nil, fmt.Errorf("hear from node: %w", err)
	}
	switch {
	case answer.Failure != "":
		return nil, errors.New(answer.Failure)
	case answer.Error != nil:
		return nil, answer.Error
	}
	return answer.Response, nil
}

func (nodeSDK) knowsSubjectAltName() bool { return false }
