// Package console serves the pages for people's browsers: the console and the
// API Explorer. They are files that the program carries, clients of the API
// like any other: what they show, the API has answered to the browser, which
// signed the request itself.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// web is laid out as it is served.
//
//go:embed web
var web embed.FS

// Home is the path of the page that people begin with.
const Home = "/console/"

// indexFile is what a folder is asked for.
const indexFile = "index.html"

// Handler serves the pages at the paths that are theirs. [New] makes it.
type Handler struct {
	files   map[string]*file
	folders []string // as "/console/": every path below is taken, whether there is a file or not
}

// file is a file as it goes over the wire.
type file struct {
	contentType    string
	plain, gzipped []byte // gzipped is nil where it would save nothing
	hash           string
}

// Document is a file that is made when the server starts.
type Document struct {
	Path    string // as in "/console/actions.json"
	Content []byte
}

// New returns a Handler of the files that the program carries and of documents
// besides. It compresses them once.
func New(documents ...Document) (*Handler, error) {
	h := &Handler{files: map[string]*file{}}
	root, err := fs.Sub(web, "web")
	if err != nil {
		return nil, err
	}
	folders, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		h.folders = append(h.folders, "/"+folder.Name()+"/")
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return h.add(Document{"/" + strings.TrimSuffix(name, indexFile), content})
	})
	if err != nil {
		return nil, err
	}
	for _, d := range documents {
		if err := h.add(d); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *Handler) add(d Document) error {
	sum := sha256.Sum256(d.Content)
	f := &file{contentType: contentType(d.Path), plain: d.Content, hash: hex.EncodeToString(sum[:12])}
	var packed bytes.Buffer
	packer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := packer.Write(d.Content); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	if packed.Len() < len(d.Content) {
		f.gzipped = packed.Bytes()
	}
	h.files[d.Path] = f
	return nil
}

// contentType names the type of a file by its name: the types of the machine,
// which package mime asks, may say something else of a script.
func contentType(name string) string {
	switch path.Ext(name) {
	case "":
		return "text/html; charset=utf-8" // of a folder, its index
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Has reports whether a path is one of the pages', whether there is a file or
// not, and so none of the API's.
func (h *Handler) Has(path string) bool {
	if h.files[path] != nil {
		return true
	}
	for _, folder := range h.folders {
		if strings.HasPrefix(path, folder) || path == strings.TrimSuffix(folder, "/") {
			return true
		}
	}
	return false
}

// Home is where someone is sent who opens the endpoint in a browser.
func (h *Handler) Home() string { return Home }

// policy lets a page load its own files and call the API where it comes from,
// and nothing else: what a CSR holds can neither run nor fetch.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "this is a page: it can be got, and nothing else", http.StatusMethodNotAllowed)
		return
	}
	f := h.files[r.URL.Path]
	switch {
	case f != nil:
		f.serve(w, r)
	case h.files[r.URL.Path+"/"] != nil:
		// Relative, as a proxy may serve csrd below a path of its own.
		header.Set("Location", path.Base(r.URL.Path)+"/")
		w.WriteHeader(http.StatusMovedPermanently)
	default:
		http.Error(w, "there is no such page", http.StatusNotFound)
	}
}

// serve answers with a file. A browser keeps it and asks each time whether it
// is still the same: a new csrd is never served with the scripts of an older one.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("Content-Type", f.contentType)
	header.Set("Vary", "Accept-Encoding")
	content, tag := f.plain, f.hash
	if f.gzipped != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		content, tag = f.gzipped, f.hash+"-gzip"
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// takesGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as browsers
// use it: a weight of zero refuses.
func takesGzip(accept string) bool {
	for choice := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(choice, ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		value, isWeight := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		return !isWeight || strings.Trim(value, "0.") != ""
	}
	return false
}
