package main

import (
	"strings"
	"testing"
)

// The key pool is filled in idle time, tells so in log and metrics, is used,
// and does not outlive the server.
func TestKeysAreMadeAheadAndTold(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, nil, "--key-pool", "1")
	const message = "the key pool is full"
	full := func(text string) bool { _, ok := findLine(text, message); return ok }
	if err := s.stderr.wait(s.ended, full); err != nil {
		t.Fatalf("%v:\n%s", err, s.stderr)
	}
	if line, _ := findLine(s.stderr.String(), message); line["keys"] != 2.0 {
		t.Errorf("the log says %v", line)
	}
	has := func(when string, lines ...string) {
		t.Helper()
		_, text := probe(t, s, "/metrics")
		for _, line := range lines {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("%s the metrics lack %s:\n%s", when, line, text)
			}
		}
	}
	has("when it is full",
		`csrd_keys_ready{algorithm="RSA 2048"} 1`,
		`csrd_keys_ready{algorithm="RSA 4096"} 1`,
		`csrd_keys_made_total{algorithm="RSA 4096",made="ahead"} 1`,
		`csrd_keys_made_total{algorithm="RSA 4096",made="on demand"} 0`,
		`csrd_key_work_waiting 0`,
	)
	c := rootClient(t, s, data)
	for _, algo := range [][2]string{{"RSA", "4096"}, {"ECC", "prime256v1"}} {
		d := draftOf("www.example.com", "").with("EncryptAlgo", algo[0]).with("KeyParameter", algo[1])
		if _, err := c.create(d.with("Generate", true)); err != nil {
			t.Fatal(err)
		}
	}
	has("after a key was taken",
		`csrd_keys_made_total{algorithm="RSA 4096",made="on demand"} 0`,
		`csrd_keys_made_total{algorithm="ECC prime256v1",made="on demand"} 1`,
	)
	s.stop(t)
}
