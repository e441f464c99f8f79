package csr

import (
	"errors"
	"net/mail"
	"strings"
)

// emailAddress returns one e-mail address in ASCII form: a mailbox without a
// display name (RFC 5321 §4.1.2), its domain with A-labels. Certificates hold
// it as an IA5String (RFC 5280 §4.2.1.6), so its local part is ASCII.
func emailAddress(text string) (string, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Name != "" || parsed.Address != text {
		return "", errors.New("is not one e-mail address as in name@example.com")
	}
	at := strings.LastIndexByte(text, '@')
	local := text[:at]
	for i := range len(local) {
		if local[i] >= 0x80 {
			return "", errors.New("must have only ASCII characters before the @ (RFC 5280 §4.2.1.6)")
		}
	}
	domain, err := asciiDomain(text[at+1:])
	if err != nil || strings.HasPrefix(domain, wildcard) {
		return "", errors.New("must have a domain name behind the @")
	}
	return local + "@" + domain, nil
}
