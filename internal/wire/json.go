package wire

import "unicode/utf8"

// AppendString appends a text as encoding/json writes it where it escapes no
// HTML: for what is encoded so often that reflection would cost most of it.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0 // of what is copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c >= ' ' && c != '"' && c != '\\' {
				continue
			}
			dst = append(dst, s[start:i-1]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\b':
				dst = append(dst, '\\', 'b')
			case '\f':
				dst = append(dst, '\\', 'f')
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i-1]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029': // line ends in JavaScript, where JSON was a part of it
			dst = append(append(dst, s[start:i-size]...), '\\', 'u', '2', '0', '2', hex[r&15])
		default:
			continue
		}
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
