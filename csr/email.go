package csr

import (
	"net/mail"
	"strings"
)

// maxLocalPart is the bytes before the @ (RFC 5321 §4.5.3.1.1).
const maxLocalPart = 64

// emailAddress returns one e-mail address in ASCII form: a mailbox without a
// display name (RFC 5321 §4.1.2), its domain with A-labels. Certificates hold
// it as an IA5String (RFC 5280 §4.2.1.6), so its local part is ASCII.
func emailAddress(text string) (string, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Name != "" || parsed.Address != text {
		return "", rule("is not one e-mail address as in name@example.com", "不是单个邮箱地址，如 name@example.com")
	}
	at := strings.LastIndexByte(text, '@')
	local := text[:at]
	for i := range len(local) {
		if local[i] >= 0x80 {
			return "", rule("must have only ASCII characters before the @ (RFC 5280 §4.2.1.6)", "在 @ 之前只能有 ASCII 字符（RFC 5280 §4.2.1.6）")
		}
	}
	if len(local) > maxLocalPart {
		return "", rule("must have at most %d bytes before the @ (RFC 5321 §4.5.3.1.1)", "在 @ 之前最多 %d 字节（RFC 5321 §4.5.3.1.1）", maxLocalPart)
	}
	domain, err := asciiDomain(text[at+1:])
	if err != nil || strings.HasPrefix(domain, wildcard) {
		return "", rule("must have a domain name behind the @", "在 @ 之后须为域名")
	}
	address := local + "@" + domain
	if len(address) > maxEmail {
		return "", rule("has more than %d bytes in its ASCII form (RFC 5280, ub-emailaddress-length)", "的 ASCII 形式超过 %d 字节（RFC 5280，ub-emailaddress-length）", maxEmail)
	}
	return address, nil
}
