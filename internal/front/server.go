package front

import (
	"log/slog"
	"net/http"
	"time"
)

// NewServer returns an HTTP server that slow or greedy clients cannot hold up:
// every phase of a request has its time, and headers their size.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30*time.Second + RequestTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHead,
		ConnContext:       connContext,
		// OPTIONS * is no call of the API, and is told so as any other.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
