package tc3

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Bounds on an Authorization header; no client comes near them.
const (
	maxAuthorization = 2048 // bytes
	maxSignedHeaders = 16
)

// Authorization is the parsed Authorization header of a signed request:
//
//	TC3-HMAC-SHA256 Credential=ID/DATE/SERVICE/tc3_request, SignedHeaders=LIST, Signature=HEX
type Authorization struct {
	SecretID string // as sent, possibly empty: whether it names a key is the lookup's to say
	Date     string // YYYY-MM-DD
	// Service is whatever the client derived from its endpoint: "ssl", but
	// also "127" or "localhost:8443". It only takes part in the derivation.
	Service       string
	SignedHeaders []string // lower-case, in the order signed
	Signature     [32]byte
}

// fieldNames are the fields of an Authorization header.
var fieldNames = [...]string{"Credential", "SignedHeaders", "Signature"}

// ParseAuthorization parses the value of an Authorization header. It accepts
// any number of spaces after the algorithm (the .NET SDK sends two) and none
// or more after the commas. The error is a [*SyntaxError].
func ParseAuthorization(header string) (*Authorization, error) {
	if len(header) > maxAuthorization {
		return nil, &SyntaxError{"Authorization", Reason{"is longer than 2048 bytes", "长于 2048 字节"}}
	}
	rest, ok := strings.CutPrefix(header, Algorithm)
	if !ok || !strings.HasPrefix(rest, " ") {
		return nil, &SyntaxError{"Algorithm", Reason{"not valid, want " + Algorithm, "无效，须为 " + Algorithm}}
	}
	var a Authorization
	var seen [len(fieldNames)]bool
	for field := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.Trim(field, " "), "=")
		n := slices.Index(fieldNames[:], name)
		if !ok || n >= 0 && seen[n] {
			return nil, &SyntaxError{"Authorization", Reason{"not valid, want Credential=…, SignedHeaders=…, Signature=…, once each", "无效，须为 Credential=…、SignedHeaders=…、Signature=…，各一次"}}
		}
		if n >= 0 {
			seen[n] = true
		}
		var err error
		switch name {
		case "Credential":
			err = a.parseCredential(value)
		case "SignedHeaders":
			err = a.parseSignedHeaders(value)
		case "Signature":
			err = a.parseSignature(value)
		default:
			err = &SyntaxError{"Authorization", Reason{"not valid, it has a field that is not Credential, SignedHeaders or Signature", "无效，含有 Credential、SignedHeaders、Signature 以外的字段"}}
		}
		if err != nil {
			return nil, err
		}
	}
	for n, name := range fieldNames {
		if !seen[n] {
			return nil, &SyntaxError{name, Reason{"is missing", "缺失"}}
		}
	}
	return &a, nil
}

func (a *Authorization) parseCredential(value string) error {
	if strings.Count(value, "/") != 3 {
		return &SyntaxError{"Credential", Reason{"not valid, want SecretId/Date/Service/tc3_request", "无效，须为 SecretId/Date/Service/tc3_request"}}
	}
	a.SecretID, value, _ = strings.Cut(value, "/")
	a.Date, value, _ = strings.Cut(value, "/")
	a.Service, value, _ = strings.Cut(value, "/")
	if _, err := time.Parse(dateLayout, a.Date); err != nil {
		return &SyntaxError{"`Date` in Credential", Reason{"not valid, want YYYY-MM-DD in UTC", "无效，须为 UTC 日期 YYYY-MM-DD"}}
	}
	if a.Service == "" {
		return &SyntaxError{"`Service` in Credential", Reason{"not valid, it is empty", "无效，不能为空"}}
	}
	if value != terminator {
		return &SyntaxError{"Credential", Reason{"not valid, it does not end in " + terminator, "无效，须以 " + terminator + " 结尾"}}
	}
	return nil
}

func (a *Authorization) parseSignedHeaders(value string) error {
	names := strings.Split(value, ";")
	if len(names) > maxSignedHeaders {
		return &SyntaxError{"SignedHeaders", Reason{"not valid, it names more than 16 headers", "无效，列出的请求头超过 16 个"}}
	}
	for i, name := range names {
		if !isHeaderName(name) || slices.Contains(names[:i], name) {
			return &SyntaxError{"SignedHeaders", Reason{"not valid, want lower-case header names joined by semicolons, once each", "无效，须为以分号连接的小写请求头名，各一次"}}
		}
	}
	// API page "Signature v3": content-type and host must be signed.
	for _, must := range []string{"content-type", "host"} {
		if !slices.Contains(names, must) {
			return &SyntaxError{"SignedHeaders", Reason{"not valid, `" + must + "` must be signed", "无效，必须包含 `" + must + "`"}}
		}
	}
	a.SignedHeaders = names
	return nil
}

func (a *Authorization) parseSignature(value string) error {
	// Upper-case digits are refused so that one signature has one text.
	if len(value) != hex.EncodedLen(len(a.Signature)) || strings.ToLower(value) != value {
		return &SyntaxError{"Signature", Reason{"not valid, want 64 lower-case hexadecimal digits", "无效，须为 64 位小写十六进制数字"}}
	}
	if _, err := hex.Decode(a.Signature[:], []byte(value)); err != nil {
		return &SyntaxError{"Signature", Reason{"not valid, want 64 lower-case hexadecimal digits", "无效，须为 64 位小写十六进制数字"}}
	}
	return nil
}

// isHeaderName reports whether name is a lower-case field name (RFC 9110 §5.6.2).
func isHeaderName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}

// String returns the value of the Authorization header.
func (a *Authorization) String() string {
	return Algorithm + " Credential=" + a.SecretID + "/" + string(a.appendScope(nil)) +
		", SignedHeaders=" + strings.Join(a.SignedHeaders, ";") +
		", Signature=" + hex.EncodeToString(a.Signature[:])
}

func (a *Authorization) appendScope(text []byte) []byte {
	text = append(text, a.Date...)
	text = append(text, '/')
	text = append(text, a.Service...)
	text = append(text, '/')
	return append(text, terminator...)
}
