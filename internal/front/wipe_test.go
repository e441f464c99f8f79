package front

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// recorder remembers the buffers that were read into.
type recorder struct {
	io.Reader
	buffers [][]byte
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.buffers = append(r.buffers, p[:n])
	return n, err
}

func TestBuffersOfABodyAreOverwrittenWhenTheyAreLeft(t *testing.T) {
	want := bytes.Repeat([]byte("secret "), 1000)
	r := &recorder{Reader: iotest.HalfReader(bytes.NewReader(want))}
	got, err := readAll(r, 10)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v; want %d", len(got), err, len(want))
	}
	clear(got)
	mustBeClear(t, r)

	broken := errors.New("broken")
	r = &recorder{Reader: io.MultiReader(bytes.NewReader(want), iotest.ErrReader(broken))}
	if _, err := readAll(r, 10); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	mustBeClear(t, r)
}

func mustBeClear(t *testing.T, r *recorder) {
	t.Helper()
	if len(r.buffers) < 5 {
		t.Errorf("%d reads: the buffer never grew", len(r.buffers))
	}
	for i, b := range r.buffers {
		if len(bytes.Trim(b, "\x00")) > 0 {
			t.Fatalf("buffer %d still has %q", i, b)
		}
	}
}
