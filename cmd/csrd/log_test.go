package main

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"csrd/tc3"
)

func TestEachRequestIsLoggedAndCounted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, nil)
	c := rootClient(t, s, data)
	id, err := c.create(draftOf("log.example.com", ""))
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.describe(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.describe(id + 1); !isAPIError(err, "InvalidParameter.InvalidCSRId") {
		t.Fatal(err)
	}
	if err := c.call("NoSuchAction", parameters{}, new(struct{})); !isAPIError(err, "InvalidAction") {
		t.Fatal(err)
	}
	stranger := clientOf(t, s, tc3.Credential{SecretID: "AKIDstranger", SecretKey: "unknown"})
	if _, err := stranger.list(); !isAPIError(err, "AuthFailure.SecretIdNotFound") {
		t.Fatal(err)
	}

	wants := []struct{ action, code, uin string }{
		{"CreateCSR", "OK", page.OwnerUin},
		{"DescribeCSR", "OK", page.OwnerUin},
		{"DescribeCSR", "InvalidParameter.InvalidCSRId", page.OwnerUin},
		{"NoSuchAction", "InvalidAction", page.OwnerUin},
		{"DescribeCSRSet", "AuthFailure.SecretIdNotFound", ""},
	}
	var requests []logLine
	eventually(t, "every request is logged", func() bool {
		requests = nil
		for _, line := range logLines(s.stderr.String()) {
			if line["msg"] == "request" {
				requests = append(requests, line)
			}
		}
		return len(requests) >= len(wants)
	})
	for i, want := range wants {
		line := requests[i]
		uin, _ := line["uin"].(string)
		if line["action"] != want.action || line["code"] != want.code || uin != want.uin {
			t.Errorf("request %d is logged as %v, want %v", i, line, want)
		}
		if took, ok := line["duration_ms"].(float64); !ok || took <= 0 {
			t.Errorf("request %d has the duration %v", i, line["duration_ms"])
		}
	}
	if requests[1]["request_id"] != page.RequestId || page.RequestId == "" {
		t.Errorf("answered with the RequestId %q, logged with %v", page.RequestId, requests[1]["request_id"])
	}

	status, metrics := probe(t, s, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: %d", status)
	}
	for _, want := range []string{
		`csrd_requests_total{action="CreateCSR",code="OK"} 1`,
		`csrd_requests_total{action="DescribeCSR",code="OK"} 1`,
		`csrd_requests_total{action="DescribeCSR",code="InvalidParameter.InvalidCSRId"} 1`,
		`csrd_requests_total{action="DescribeCSRSet",code="AuthFailure.SecretIdNotFound"} 1`,
		`csrd_requests_total{action="unknown",code="InvalidAction"} 1`,
		`csrd_request_duration_seconds_count{action="DescribeCSR"} 2`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("/metrics has no line %s", want)
		}
	}
	for _, line := range regexp.MustCompile(`(?m)^csrd_\w+\{(.*)\}`).FindAllStringSubmatch(metrics, -1) {
		for label := range strings.SplitSeq(line[1], ",") {
			if name, _, _ := strings.Cut(label, "="); !slices.Contains([]string{"action", "code", "le", "algorithm", "made", "outcome"}, name) {
				t.Errorf("/metrics has a label %s", label)
			}
		}
	}
	for _, test := range []struct{ path, body string }{{"/healthz", "ok\n"}, {"/readyz", "ready\n"}} {
		if status, body := probe(t, s, test.path); status != http.StatusOK || body != test.body {
			t.Errorf("%s: %d %q", test.path, status, body)
		}
	}
	s.stop(t)
}

func TestLogLevelAndFormatAreThoseOfTheFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, nil, "--log-level", "debug")
	s.stop(t)

	// At level error a start and its end log nothing: how it ended says that it served.
	cmd := csrd(nil, serveArgs(dir, []string{"--log-level", "error", "--listen", strings.TrimPrefix(s.endpoint, "http://")})...)
	quiet := &server{cmd: cmd, endpoint: s.endpoint, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = quiet.stdout, quiet.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(quiet.ended); _ = cmd.Wait() }()
	t.Cleanup(quiet.kill)
	eventually(t, "it is ready", func() bool {
		response, err := http.Get(quiet.endpoint + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	if err := quiet.terminate(); err != nil {
		t.Fatal(err)
	}
	if text := quiet.stderr.String(); text != "" {
		t.Errorf("at level error it logs %s", strconv.Quote(text))
	}
}
