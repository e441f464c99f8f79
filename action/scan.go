package action

import "encoding/json"

// scan takes JSON that is known to be valid apart, one level of it, without a
// copy: a value may be a password.
type scan struct {
	rest []byte
}

// opens takes the delimiter that an object or a list begins with.
func (s *scan) opens(delimiter byte) bool {
	s.skip()
	if len(s.rest) == 0 || s.rest[0] != delimiter {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// more reports whether another name or value comes before the delimiter that
// closes what was opened.
func (s *scan) more(delimiter byte) bool {
	s.skip()
	return s.rest[0] != delimiter
}

// skip skips what stands between values.
func (s *scan) skip() {
	for len(s.rest) > 0 {
		switch s.rest[0] {
		case ' ', '\t', '\n', '\r', ',', ':':
			s.rest = s.rest[1:]
		default:
			return
		}
	}
}

// value takes the next name or value.
func (s *scan) value() json.RawMessage {
	s.skip()
	end, depth, text := 0, 0, false
	for {
		switch c := s.rest[end]; {
		case text && c == '\\':
			end++
		case c == '"':
			text = !text
		case text:
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
		end++
		if depth == 0 && !text && (end == len(s.rest) || isEnd(s.rest[end-1], s.rest[end])) {
			break
		}
	}
	value := s.rest[:end:end]
	s.rest = s.rest[end:]
	return value
}

// isEnd reports whether a value that is not within another ends between two
// bytes: behind a text, a list or an object, and before what no number or
// literal has.
func isEnd(last, next byte) bool {
	switch last {
	case '"', '}', ']':
		return true
	}
	switch next {
	case ' ', '\t', '\n', '\r', ',', ':', '}', ']':
		return true
	}
	return false
}
