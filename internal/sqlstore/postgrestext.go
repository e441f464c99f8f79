package sqlstore

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PostgreSQL takes no text with a zero byte or bytes that are no UTF-8, SQLite
// does. Such bytes are written as the noncharacter U+FFFE, which stands for
// nothing else, with two hexadecimal digits behind it, and so is a U+FFFE.
// Texts are equal when they are so written, and no other than before.
const textEscape = '\uFFFE'

func toText(s string) string {
	if utf8.ValidString(s) && !strings.ContainsAny(s, "\x00"+string(textEscape)) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == 0 || r == textEscape || r == utf8.RuneError && size == 1 {
			for _, raw := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, "%c%02x", textEscape, raw)
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func fromText(raw []byte) string {
	s := string(raw)
	before, rest, escaped := strings.Cut(s, string(textEscape))
	if !escaped {
		return s
	}
	var b strings.Builder
	b.WriteString(before)
	for part := range strings.SplitSeq(rest, string(textEscape)) {
		if len(part) >= 2 {
			if value, err := strconv.ParseUint(part[:2], 16, 8); err == nil {
				b.WriteByte(byte(value))
				b.WriteString(part[2:])
				continue
			}
		}
		b.WriteString(string(textEscape) + part) // not written here
	}
	return b.String()
}
