package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"csrd/csr"

	"golang.org/x/term"
)

// firstLine returns the first line of a file that holds a password, without its
// LF. The caller overwrites it.
func firstLine(path string) (csr.Plain, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	clear(rest)
	return line, nil
}

// keyboard returns the terminal to ask a password on, nil where there is none.
func keyboard(s streams) *os.File {
	file, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || !isTerminal(s.err) {
		return nil
	}
	return file
}

// ask reads a line from a terminal without showing it; the terminal is quiet
// before the prompt stands there. When the context ends it is as it was before;
// the line that was waited for is then read by nobody, as the process ends.
func ask(ctx context.Context, from *os.File, s streams, prompt string) (csr.Secret, error) {
	before, err := term.MakeRaw(int(from.Fd()))
	if err != nil {
		return "", fmt.Errorf("ask for the password: %w", err)
	}
	defer func() { _ = term.Restore(int(from.Fd()), before) }()
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		screen := struct {
			io.Reader
			io.Writer
		}{byBytes{from}, s.err}
		line, err := term.NewTerminal(screen, "").ReadPassword(prompt)
		answered <- answer{line, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil { // io.EOF for Ctrl-C and Ctrl-D
			return "", errors.New("no password was given")
		}
		return csr.Secret(a.line), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// byBytes reads no byte before it is needed: what was typed ahead, such as the
// answer to the next question, stays for whoever reads next.
type byBytes struct{ io.Reader }

func (r byBytes) Read(data []byte) (int, error) { return r.Reader.Read(data[:min(len(data), 1)]) }
