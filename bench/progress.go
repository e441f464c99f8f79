package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress says on stderr what is being done: each step in a line of its own
// and, on a terminal, how far it is.
type progress struct {
	out      io.Writer
	terminal bool
	start    time.Time
	shown    time.Time
}

func newProgress() *progress {
	info, err := os.Stderr.Stat()
	return &progress{out: os.Stderr, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, start: time.Now()}
}

// step begins something.
func (p *progress) step(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.out, "%6.0fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

// at shows how far a step is, at most ten times a second.
func (p *progress) at(format string, args ...any) {
	if !p.terminal || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.out, "\r%6.0fs    %s\x1b[K", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// while shows on a terminal how long f takes, of which nothing else is known.
func (p *progress) while(what string, f func() error) error {
	done := make(chan struct{})
	ended := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.at("%s for %.0f s", what, time.Since(began).Seconds())
			}
		}
	}()
	err := f()
	close(done)
	<-ended
	p.clear()
	return err
}
