package console_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/console"
)

func newHandler(t testing.TB) *console.Handler {
	t.Helper()
	metadata, err := console.NewMetadata(tables(), csr.TencentAlgorithms).Document()
	must(t, err)
	h, err := console.New(metadata)
	must(t, err)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerForbidsWhatThePagesDoNotNeed(t *testing.T) {
	h := newHandler(t)
	for _, path := range []string{"/console/", "/explorer/", "/console", "/console/console.js", console.MetadataPath, "/console/no-such-page"} {
		header := get(h, path).Header()
		for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, directive) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, directive)
			}
		}
		for _, loose := range []string{"unsafe", "data:", "http:", "https:", "*"} {
			if strings.Contains(header.Get("Content-Security-Policy"), loose) {
				t.Errorf("%s: the policy has %s", path, loose)
			}
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: the headers are %v", path, header)
		}
	}
}

func TestWhatIsThereIsServedAndTheRestIsRefused(t *testing.T) {
	h := newHandler(t)
	for _, c := range []struct {
		method, path string
		status       int
		header, is   string
	}{
		{"GET", "/console/", 200, "Content-Type", "text/html; charset=utf-8"},
		{"HEAD", "/explorer/", 200, "Content-Type", "text/html; charset=utf-8"},
		{"GET", "/console/console.js", 200, "Content-Type", "text/javascript; charset=utf-8"},
		{"GET", "/console/shared/base.css", 200, "Content-Type", "text/css; charset=utf-8"},
		{"GET", "/console/shared/icon.svg", 200, "Content-Type", "image/svg+xml"},
		{"GET", console.MetadataPath, 200, "Content-Type", "application/json"},
		{"GET", "/console", 301, "Location", "console/"},
		{"GET", "/explorer", 301, "Location", "explorer/"},
		{"GET", "/console/../console/", 404, "", ""},
		{"GET", "/console/index.html", 404, "", ""},
		{"GET", "/console/nothing.js", 404, "", ""},
		{"POST", "/console/", 405, "Allow", "GET, HEAD"},
		{"DELETE", "/console/console.js", 405, "Allow", "GET, HEAD"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || c.header != "" && w.Header().Get(c.header) != c.is {
			t.Errorf("%s %s: status %d, %s %q; want %d, %q", c.method, c.path, w.Code, c.header, w.Header().Get(c.header), c.status, c.is)
		}
		if !h.Has(c.path) {
			t.Errorf("%s would go to the API", c.path)
		}
	}
	for _, path := range []string{"/", "/consoles/", "/v1/console/", "/healthz"} {
		if h.Has(path) {
			t.Errorf("%s would be kept from the API", path)
		}
	}
}

func TestAFileIsSentOnceAndPackedWhereTheBrowserTakesIt(t *testing.T) {
	h := newHandler(t)
	plain, packed := get(h, "/console/console.js"), get(h, "/console/console.js", "Accept-Encoding", "br, gzip;q=0.8")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len() {
		t.Errorf("sent %d bytes as %q, and %d bytes plain", packed.Body.Len(), packed.Header().Get("Content-Encoding"), plain.Body.Len())
	}
	reader, err := gzip.NewReader(packed.Body)
	must(t, err)
	unpacked, err := io.ReadAll(reader)
	must(t, err)
	if !bytes.Equal(unpacked, plain.Body.Bytes()) {
		t.Error("packed is another file than plain")
	}
	if get(h, "/console/console.js", "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding") != "" {
		t.Error("it is packed for a client that refuses that")
	}
	if plain.Header().Get("ETag") == packed.Header().Get("ETag") || plain.Header().Get("ETag") == "" {
		t.Error("plain and packed have the same ETag, or none")
	}
	again := get(h, "/console/console.js", "Accept-Encoding", "gzip", "If-None-Match", packed.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: status %d with %d bytes, want 304 with none", again.Code, again.Body.Len())
	}
	if got := plain.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control is %q: a new csrd would be served with an older one's scripts", got)
	}
	if got := plain.Header().Get("Vary"); got != "Accept-Encoding" {
		t.Errorf("Vary is %q", got)
	}
}

// firstLoad is the most that the first load of a page may be, in bytes, not packed.
const firstLoad = 150_000

var (
	linked    = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	imported  = regexp.MustCompile(`(?m)^(?:import|export) .*?from '([^']+)'`)
	foreigner = regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\sstyle=|\son\w+=|https?://`)
)

// loads returns all that a page loads at first, in one language: the page, what
// it links, and what those import.
func loads(t *testing.T, h http.Handler, page string) map[string]int {
	t.Helper()
	sizes := map[string]int{}
	var load func(path string)
	load = func(path string) {
		if _, known := sizes[path]; known {
			return
		}
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s links %s, which is not there", page, path)
			return
		}
		sizes[path] = w.Body.Len()
		find := imported
		if strings.HasSuffix(path, "/") {
			find = linked
		} else if !strings.HasSuffix(path, ".js") {
			return
		}
		for _, found := range find.FindAllStringSubmatch(w.Body.String(), -1) {
			load(resolve(path, found[1]))
		}
	}
	load(page)
	load(console.MetadataPath)
	load("/console/shared/text/en.js")
	load(page + "text/en.js")
	return sizes
}

func TestTheFirstLoadOfAPageIsSmallAndAllOfItIsOurs(t *testing.T) {
	h := newHandler(t)
	for _, page := range []string{"/console/", "/explorer/"} {
		total := 0
		for _, size := range loads(t, h, page) {
			total += size
		}
		t.Logf("%s: %d bytes", page, total)
		if total > firstLoad || total < 10_000 {
			t.Errorf("%s loads %d bytes, want at most %d", page, total, firstLoad)
		}
		if found := foreigner.FindString(get(h, page).Body.String()); found != "" {
			t.Errorf("%s has %q in it, which the policy refuses", page, found)
		}
	}
}

// A text of a server becomes part of a page as text alone; that no script
// reads HTML is what makes it so.
func TestNoScriptReadsHTML(t *testing.T) {
	eachFile(t, ".js", func(name, text string) {
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment", "eval(", "new Function", "setHTML"} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %s in it", name, word)
			}
		}
	})
}

func TestMetadataHoldsWhatTheFormsNeed(t *testing.T) {
	text := get(newHandler(t), console.MetadataPath).Body.String()
	for _, part := range []string{
		`"Name":"ssl","Version":"2019-12-05"`, `"Name":"DescribeCSRSet"`, `"Name":"Limit","Type":"integer"`, `"Max":100`,
		`"Organization":{"Characters":64}`, `"KeyPassword":{"Bytes":128}`, `"SubjectAltName":{"Characters":255,"Elements":100}`,
		`"Algorithms":[{"EncryptAlgo":"RSA","KeyParameter":"2048"}`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %s", part)
		}
	}
}

func TestTheHandlerCarriesAllFiles(t *testing.T) {
	h := newHandler(t)
	eachFile(t, "", func(name, text string) {
		path := "/" + strings.TrimSuffix(strings.TrimPrefix(name, "web/"), "index.html")
		if got := get(h, path).Body.String(); got != text {
			t.Errorf("%s is served with %d bytes, and has %d", path, len(got), len(text))
		}
	})
	if _, err := os.Stat("web/console/index.html"); err != nil {
		t.Fatal(err)
	}
}
