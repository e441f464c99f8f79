package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// pageRows is how many rows are read or written in one transaction.
const pageRows = 2000

// Digest is the sum of the SHA-256 of rows, modulo 2^256: of the same rows it is
// the same in whatever order an engine has them.
type Digest [4]uint64

// String returns it in hexadecimal.
func (d Digest) String() string {
	var raw []byte
	for _, word := range d {
		raw = binary.BigEndian.AppendUint64(raw, word)
	}
	return hex.EncodeToString(raw)
}

// add adds a row: of each column what kind of value it is, and the value, of
// which no other has the same form.
func (d *Digest) add(values []any) {
	var row []byte
	for _, value := range values {
		switch v := value.(type) {
		case int64:
			row = binary.BigEndian.AppendUint64(append(row, 'i'), uint64(v))
		case string:
			row = append(binary.AppendUvarint(append(row, 't'), uint64(len(v))), v...)
		case []byte:
			if v == nil {
				row = append(row, '-')
			} else {
				row = append(binary.AppendUvarint(append(row, 'b'), uint64(len(v))), v...)
			}
		}
	}
	sum := sha256.Sum256(row)
	carry := uint64(0)
	for i := len(d) - 1; i >= 0; i-- {
		d[i], carry = bits.Add64(d[i], binary.BigEndian.Uint64(sum[8*i:]), carry)
	}
}

// digest reads a table whole.
func (s *Store) digest(ctx context.Context, of table, progress func(rows int64)) (rows int64, d Digest, err error) {
	var after []any
	for {
		var page [][]any
		err := s.db.read(ctx, func(t tx) (err error) {
			page, err = t.rowsAfter(of, after, pageRows)
			return err
		})
		if err != nil {
			return 0, d, err
		}
		for _, values := range page {
			d.add(values)
		}
		rows += int64(len(page))
		progress(rows)
		if len(page) < pageRows {
			return rows, d, nil
		}
		after = page[len(page)-1][:of.key]
	}
}
