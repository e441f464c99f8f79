package front

import (
	"bytes"
	"io"
)

// readAll reads to the end. Bodies hold passwords, so a buffer that became too
// small is overwritten before it is left, and so is all of it after an error.
func readAll(r io.Reader, capacity int) ([]byte, error) {
	data := make([]byte, 0, capacity)
	for {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), 2*cap(data)+bytes.MinRead)
			copy(grown, data)
			clear(data)
			data = grown
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			clear(data)
			return nil, err
		}
	}
}
