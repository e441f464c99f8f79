package front

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// Handler serves the API at every path but those of csrd itself:
//
//	/healthz   200 while the process runs
//	/readyz    200 while the store answers
//	/metrics   Prometheus
//
// and those of Pages, where there are any.
type Handler struct {
	Pages Pages // nil for none

	api     *API
	ping    func(context.Context) error
	metrics http.Handler
}

// Pages are what people's browsers are shown.
type Pages interface {
	http.Handler
	// Has reports whether a path is one of theirs, and none of the API's.
	Has(path string) bool
	// Home is the path of the page to begin with.
	Home() string
}

// NewHandler returns a Handler; ping says whether the store answers.
func NewHandler(api *API, ping func(context.Context) error) *Handler {
	return &Handler{api: api, ping: ping, metrics: api.Metrics.handler()}
}

// ServeHTTP implements [http.Handler]. There is no ServeMux, as that redirects
// paths it finds unclean.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/healthz":
		plain(w, http.StatusOK, "ok\n")
	case "/readyz":
		h.ready(w, r)
	case "/metrics":
		h.metrics.ServeHTTP(w, r)
	default:
		switch {
		case h.Pages != nil && h.Pages.Has(r.URL.Path):
			h.Pages.ServeHTTP(w, r)
		case !isBrowser(r):
			h.api.ServeHTTP(w, r)
		case h.Pages != nil && r.URL.Path == "/":
			w.Header().Set("Location", strings.TrimPrefix(h.Pages.Home(), "/")) // relative, as for a proxy that adds a path
			w.WriteHeader(http.StatusFound)
		default:
			plain(w, http.StatusOK, welcome)
		}
	}
}

// welcome is for people who open the endpoint in a browser.
const welcome = `This is csrd: it keeps certificate signing requests and their keys, and speaks the
wire protocol of Tencent Cloud's SSL API (2019-12-05).

This address is the endpoint for SDKs, tccli and the command csrd; requests are signed.
For operators: /healthz, /readyz, /metrics.
`

// isBrowser tells a person's look at the endpoint from a call of the API.
func isBrowser(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.URL.RawQuery == "" &&
		r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// pingTimeout bounds how long /readyz waits for the store.
const pingTimeout = 2 * time.Second

func (h *Handler) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	if err := h.ping(ctx); err != nil {
		h.api.Log.Warn("not ready", "cause", err.Error())
		plain(w, http.StatusServiceUnavailable, "the store does not answer\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
