package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// serveBare serves the same bytes to every request: the most that net/http can
// do. It has the timeouts of csrd's server.
func serveBare(address, file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	length := []string{strconv.Itoa(len(body))}
	server := &http.Server{
		Addr:              address,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h["Content-Type"] = []string{"application/json"}
			h["X-Tc-Requestid"] = []string{"00000000-0000-4000-8000-000000000000"}
			h["Content-Length"] = length
			_, _ = w.Write(body) // the client is gone: nobody is left to tell
		}),
	}
	return server.ListenAndServe()
}

// bare starts the bare handler in a process of its own, with an answer that
// csrd gave.
func (b *bench) bare(body []byte) (*process, error) {
	file := filepath.Join(b.cache, "bare-answer")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program itself: %w", err)
	}
	return start(b.ctx, "the bare handler", filepath.Join(b.cache, "log-bare"), "/", os.Environ(), self, "bare", "%s", file)
}
