package front_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// get asks for one of the paths that are not the API's.
func (s *server) get(path string) *httptest.ResponseRecorder {
	return s.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func wantPlain(t *testing.T, w *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if w.Code != status || w.Body.String() != text {
		t.Errorf("status %d with %q, want %d with %q", w.Code, w.Body, status, text)
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	s := newServer()
	wantPlain(t, s.get("/healthz"), 200, "ok\n")
	wantPlain(t, s.get("/readyz"), 200, "ready\n")

	s.ping = func(context.Context) error { return errDetail }
	wantPlain(t, s.get("/readyz"), 503, "the store does not answer\n")
	wantPlain(t, s.get("/healthz"), 200, "ok\n")
	if lines := s.log.lines(t, "not ready"); len(lines) != 1 || lines[0]["cause"] != errDetail.Error() {
		t.Errorf("logged %v, want one line with the cause", lines)
	}

	s.ping = func(context.Context) error { return nil }
	wantPlain(t, s.get("/readyz"), 200, "ready\n")
}

func TestReadinessDoesNotWaitForAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.ping = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		started := time.Now()
		wantPlain(t, s.get("/readyz"), 503, "the store does not answer\n")
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// requests returns what /metrics says of csrd_requests_total.
func (s *server) requests(t *testing.T) map[string]string {
	t.Helper()
	w := s.get("/metrics")
	if w.Code != 200 {
		t.Fatalf("status %d of /metrics", w.Code)
	}
	counts := map[string]string{}
	lines := bufio.NewScanner(w.Body)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "csrd_requests_total"); ok {
			labels, count, _ := strings.Cut(rest, " ")
			counts[labels] = count
		}
	}
	return counts
}

func TestMetricsCountByActionAndCode(t *testing.T) {
	s := newServer()
	before := len(s.get("/metrics").Body.String())
	ok := `{"Text":"x"}`
	for _, r := range []*http.Request{
		call("Echo", ok, nil, nil),
		call("Echo", ok, nil, nil),
		call("Echo", "{}", nil, nil),
		call("Echo", ok, nil, []change{del("Authorization")}),
		call("Fail", "{}", nil, nil),
		call("Panic", "{}", nil, nil),
		call("", "{}", nil, nil),
		call("Echo", ok, nil, []change{set("X-TC-Version", "2020-01-02")}),
		call("Echo", ok, nil, []change{del("X-TC-Version")}),
	} {
		s.do(r)
	}
	for i := range 100 { // each a text of the caller's own
		s.do(call(fmt.Sprint("Ecko", i), "{}", nil, nil))
	}
	want := map[string]string{
		`{action="Echo",code="OK"}`:                  "2",
		`{action="Echo",code="MissingParameter"}`:    "2",
		`{action="Fail",code="InternalError"}`:       "1",
		`{action="Panic",code="InternalError"}`:      "1",
		`{action="unknown",code="MissingParameter"}`: "2",
		`{action="unknown",code="NoSuchVersion"}`:    "1",
		`{action="unknown",code="InvalidAction"}`:    "100",
	}
	got := s.requests(t)
	for labels, count := range want {
		if got[labels] != count {
			t.Errorf("%s is %q, want %s", labels, got[labels], count)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d series, want %d: %v", len(got), len(want), got)
	}
	text := s.get("/metrics").Body.String()
	for _, secret := range []string{"Ecko", secretID, uin.String()} {
		if strings.Contains(text, secret) {
			t.Errorf("/metrics holds %q", secret)
		}
	}
	if !strings.Contains(text, `csrd_request_duration_seconds_count{action="Echo"} 4`) || before == 0 {
		t.Errorf("/metrics has not the duration of the 4 requests of Echo")
	}
}

// somePages are pages at /pages/.
type somePages struct{}

func (somePages) Has(path string) bool { return strings.HasPrefix(path, "/pages/") }
func (somePages) Home() string         { return "/pages/" }
func (somePages) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "a page")
}

func TestPagesTakeTheirPathsAndNothingElse(t *testing.T) {
	s := newServer()
	s.Handler.Pages = somePages{}
	before := s.requests(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := s.do(httptest.NewRequest(method, "/pages/x?Action=Echo", nil)); w.Body.String() != "a page" {
			t.Errorf("%s of a page answers %q", method, w.Body)
		}
	}
	if after := s.requests(t); len(after) != len(before) || s.log.String() != "" {
		t.Errorf("a page was counted or logged as a call: %v, %s", after, s.log.String())
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept", "text/html")
	if w := s.do(r); w.Code != http.StatusFound || w.Header().Get("Location") != "pages/" {
		t.Errorf("a browser at / is answered %d to %q", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/", "/other/pages/"} {
		r := call("Echo", `{"Text":"x"}`, nil, nil)
		r.URL.Path = path
		if w := s.do(r); !strings.Contains(w.Body.String(), `"Text":"x"`) {
			t.Errorf("a call at %s answers %s", path, w.Body)
		}
	}
	wantPlain(t, s.get("/healthz"), 200, "ok\n")
}
