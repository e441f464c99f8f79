package cli

import (
	"fmt"
	"io"
)

// progress shows on a terminal what is being done, in one line.
type progress struct {
	out io.Writer // nil where there is no terminal
}

func newProgress(out io.Writer) *progress {
	if !isTerminal(out) {
		out = nil
	}
	return &progress{out}
}

func (p *progress) show(format string, args ...any) {
	if p.out != nil {
		fmt.Fprintf(p.out, "\r"+format+"\x1b[K", args...)
	}
}

// clear clears the line.
func (p *progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
