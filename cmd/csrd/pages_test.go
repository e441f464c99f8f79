package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePagesAreServedUnlessTheOperatorWantsNone(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, nil)
	for _, page := range []string{"/console/", "/explorer/"} {
		if status, body := probe(t, s, page); status != http.StatusOK || !strings.Contains(body, "<title>csrd") {
			t.Errorf("%s answers %d with %q", page, status, body)
		}
	}
	if _, body := probe(t, s, "/console/actions.json"); !strings.Contains(body, `{"EncryptAlgo":"ECC","KeyParameter":"prime256v1"}],"Known"`) {
		t.Errorf("the published kinds of keys are not those of the server: %.200s", body)
	}
	if line, found := findLine(s.stderr.String(), "request"); found {
		t.Errorf("a page was logged as a call: %+v", line)
	}
	s.stop(t)

	s = serve(t, data, nil, "--console=false")
	for _, page := range []string{"/console/", "/explorer/"} {
		if _, body := probe(t, s, page); !strings.Contains(body, `"Response"`) {
			t.Errorf("without pages %s answers %q, want what the API says of any path", page, body)
		}
	}
	s.stop(t)
}
