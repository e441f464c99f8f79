package csr

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// maxCommonName is RFC 5280's ub-common-name, in bytes of the ASCII form.
const maxCommonName = 64

const wildcard = "*."

// maxUnicodeDomain is above the bytes of any domain in Unicode form: what is
// longer is not converted, since Punycode takes the square of the length.
const maxUnicodeDomain = 4 * maxDomain

// asciiDomain returns a domain name in its ASCII form, lower-case, with IDN as
// A-labels (RFC 5890 §2.3.2.1). Labels have at most 63 bytes, the name 253
// (RFC 1034 §3.1); the last label is not a number, so that no name looks like
// an IP address (RFC 1123 §2.1); a wildcard stands only as the whole left-most
// label (RFC 9525 §6.3).
func asciiDomain(domain string) (string, error) {
	base, isWildcard := strings.CutPrefix(domain, wildcard)
	switch {
	case strings.Contains(base, "*"):
		return "", rule("may have a wildcard only as its whole left-most label, as in *.example.com", "通配符只能是完整的最左标签，如 *.example.com")
	case len(base) > maxUnicodeDomain:
		return "", rule("is longer than a domain name may be (RFC 1034 §3.1)", "超过域名的最大长度（RFC 1034 §3.1）")
	case strings.HasSuffix(base, "."):
		return "", rule("must not end in a dot", "不能以点结尾")
	}
	ascii, err := idna.Lookup.ToASCII(base)
	if err != nil {
		if hasReservedLabel(base) {
			return "", rule("is not a domain name: a label has -- as its third and fourth characters, which is reserved (RFC 5890 §2.3.1)", "不是域名：有标签的第三、四个字符为 --，属于保留格式（RFC 5890 §2.3.1）")
		}
		return "", rule("is not a domain name: letters, digits and inner hyphens, in labels separated by dots (RFC 1123 §2.1, RFC 5891)", "不是域名：各标签由字母、数字和中间的连字符组成，以点分隔（RFC 1123 §2.1，RFC 5891）")
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" {
			return "", rule("is not a domain name: it has an empty label", "不是域名：含有空标签")
		}
		if len(label) > 63 {
			return "", rule("is not a domain name: a label has more than 63 bytes (RFC 1034 §3.1)", "不是域名：有标签超过 63 字节（RFC 1034 §3.1）")
		}
	}
	if last := ascii[strings.LastIndexByte(ascii, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return "", rule("is not a domain name: its last label is a number (RFC 1123 §2.1)", "不是域名：最后一个标签是数字（RFC 1123 §2.1）")
	}
	if isWildcard {
		ascii = wildcard + ascii
	}
	if len(ascii) > maxDomain {
		return "", rule("has more than 253 bytes in its ASCII form (RFC 1034 §3.1)", "的 ASCII 形式超过 253 字节（RFC 1034 §3.1）")
	}
	return ascii, nil
}

// hasReservedLabel reports whether a label begins as A-labels do, but with
// other letters than xn.
func hasReservedLabel(domain string) bool {
	for label := range strings.SplitSeq(strings.ToLower(domain), ".") {
		if len(label) >= 4 && label[2:4] == "--" && label[:2] != "xn" {
			return true
		}
	}
	return false
}

// Decision: an IP address is no Domain; it is an entry of SubjectAltName.

// commonName returns the subject's CN for a domain.
func commonName(domain string) (string, error) {
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", rule("is an IP address: certificates name addresses in SubjectAltName, and Domain needs a domain name", "是 IP 地址：证书在 SubjectAltName 中列出地址，Domain 须为域名")
	}
	return asciiDomain(domain)
}

// Decision: the filter Domain compares whole names, without regard to case, an IDN alike in either form; EncryptAlgo
// compares exactly, and an unknown one finds nothing.

// DomainKey returns the form in which domains are compared: without regard to
// case, an IDN alike in either form. It is defined for every text, as a draft
// may hold any.
func DomainKey(domain string) string {
	base, isWildcard := strings.CutPrefix(domain, wildcard)
	if len(base) > maxUnicodeDomain {
		return strings.ToLower(domain)
	}
	ascii, err := idna.Lookup.ToASCII(base)
	switch {
	case err != nil:
		return strings.ToLower(domain)
	case isWildcard:
		return wildcard + ascii
	}
	return ascii
}

// UnicodeDomain returns a domain for readers: its A-labels as the IDN that they
// stand for (RFC 5890 §2.3.2.1). What it cannot convert, it returns as it is,
// and what would not convert back: an A-label that stands for another name than
// it shows is shown as it is.
func UnicodeDomain(ascii string) string {
	base, isWildcard := strings.CutPrefix(ascii, wildcard)
	if len(base) > maxUnicodeDomain || !strings.Contains(strings.ToLower(base), "xn--") {
		return ascii
	}
	unicode, err := idna.Display.ToUnicode(base)
	if err != nil || DomainKey(unicode) != DomainKey(base) {
		return ascii
	}
	if isWildcard {
		unicode = wildcard + unicode
	}
	return unicode
}
