package csr

import (
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// maxCommonName is RFC 5280's ub-common-name, in bytes of the ASCII form.
const maxCommonName = 64

const wildcard = "*."

// asciiDomain returns a domain name in its ASCII form, lower-case, with IDN as
// A-labels (RFC 5890 §2.3.2.1). Labels have at most 63 bytes, the name 253
// (RFC 1034 §3.1); a wildcard stands only as the whole left-most label
// (RFC 6125 §6.4.3).
func asciiDomain(domain string) (string, error) {
	base, isWildcard := strings.CutPrefix(domain, wildcard)
	switch {
	case strings.Contains(base, "*"):
		return "", errors.New("may have a wildcard only as its whole left-most label, as in *.example.com")
	case strings.HasSuffix(base, "."):
		return "", errors.New("must not end in a dot")
	}
	ascii, err := idna.Lookup.ToASCII(base)
	if err != nil {
		return "", errors.New("is not a domain name: letters, digits and inner hyphens, in labels separated by dots (RFC 1123 §2.1, RFC 5891)")
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" {
			return "", errors.New("is not a domain name: it has an empty label")
		}
		if len(label) > 63 {
			return "", errors.New("is not a domain name: a label has more than 63 bytes (RFC 1034 §3.1)")
		}
	}
	if isWildcard {
		ascii = wildcard + ascii
	}
	if len(ascii) > maxDomain {
		return "", errors.New("has more than 253 bytes in its ASCII form (RFC 1034 §3.1)")
	}
	return ascii, nil
}

// commonName returns the subject's CN for a domain.
func commonName(domain string) (string, error) {
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", errors.New("is an IP address: certificates name addresses in SubjectAltName, and Domain needs a domain name")
	}
	return asciiDomain(domain)
}

// DomainKey returns the form in which domains are compared: without regard to
// case, an IDN alike in either form. It is defined for every text, as a draft
// may hold any.
func DomainKey(domain string) string {
	base, isWildcard := strings.CutPrefix(domain, wildcard)
	ascii, err := idna.Lookup.ToASCII(base)
	switch {
	case err != nil:
		return strings.ToLower(domain)
	case isWildcard:
		return wildcard + ascii
	}
	return ascii
}
