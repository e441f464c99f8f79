package csr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// lintNames checks the names of a server: subject alternative names, and the
// common name against them.
func (i *Inspected) lintNames() {
	if i.CA {
		return
	}
	seen := map[AltName]bool{}
	for n, name := range i.AltNames {
		field := fmt.Sprintf("AltNames.%d", n)
		key := AltName{name.Type, strings.ToLower(name.Value)}
		if seen[key] {
			i.hint("duplicate", field, name.Value, rule("stands there twice", "重复出现"))
			continue
		}
		seen[key] = true
		switch name.Type {
		case "DNS":
			i.lintDNSName(field, name.Value)
		case "IP":
			if strings.HasPrefix(name.Value, "#") {
				i.warn("ip-size", field, name.Value, rule("is no IP address: it has neither 4 nor 16 bytes (RFC 5280 section 4.2.1.6)", "不是 IP 地址：长度既非 4 也非 16 字节（RFC 5280 第 4.2.1.6 节）"))
			}
		case "email":
			if _, err := emailAddress(name.Value); err != nil {
				i.warn("bad-email", field, name.Value, rule("is not one e-mail address in ASCII (RFC 5280 section 4.2.1.6)", "不是单个 ASCII 邮箱地址（RFC 5280 第 4.2.1.6 节）"))
			}
		}
	}
	for _, a := range i.Subject {
		if a.Name == "CN" && strings.Contains(a.Value, ".") && !strings.ContainsAny(a.Value, " @") && !i.hasAltName(a.Value) {
			i.lintDNSName("Subject.CN", a.Value)
		}
	}
	if len(i.AltNames) == 0 {
		i.warn("no-san", "AltNames", "", rule("are not there: clients look at nothing else (RFC 9525, CA/Browser Forum BR 7.1.2.7.12)", "不存在：客户端只检查它（RFC 9525，CA/Browser Forum BR 7.1.2.7.12）"))
		return
	}
	for _, a := range i.Subject {
		if a.Name == "CN" && !i.hasAltName(a.Value) {
			i.warn("cn-not-in-san", "Subject.CN", a.Value, rule("is not among the subject alternative names: clients do not look at CN (RFC 9525, CA/Browser Forum BR 7.1.4.3)", "不在主题备用名称之中：客户端不检查 CN（RFC 9525，CA/Browser Forum BR 7.1.4.3）"))
		}
	}
}

func (i *Inspected) hasAltName(cn string) bool {
	key := DomainKey(cn)
	return slices.ContainsFunc(i.AltNames, func(name AltName) bool {
		return name.Value == cn || name.Type == "DNS" && DomainKey(name.Value) == key
	})
}

// lintDNSName checks a dNSName: RFC 1034 section 3.5, RFC 9525 section 6.3,
// and the CA/Browser Forum's Baseline Requirements. The first that is wrong counts.
func (i *Inspected) lintDNSName(field, name string) {
	base := strings.TrimPrefix(name, wildcard)
	_, notIP := netip.ParseAddr(name)
	label, long := "", false
	for l := range strings.SplitSeq(base, ".") {
		if label == "" && !isHostLabel(l) {
			label = l
		}
		long = long || len(l) > 63
	}
	switch {
	case name == "":
		i.warn("empty", field, "", rule("is empty", "为空"))
	case notIP == nil && field == "Subject.CN": // cn-not-in-san tells it
	case notIP == nil:
		i.warn("ip-in-dns", field, name, rule("is an IP address as a DNS name: clients compare addresses with iPAddress only (RFC 5280 section 4.2.1.6)", "是写成 DNS 名称的 IP 地址：客户端只将地址与 iPAddress 比较（RFC 5280 第 4.2.1.6 节）"))
	case strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }):
		i.warn("non-ascii", field, name, rule("is not ASCII: an IDN stands as A-labels, xn--… (RFC 5280 section 7.2)", "不是 ASCII：IDN 须写为 A-label，即 xn--…（RFC 5280 第 7.2 节）"))
	case strings.Contains(base, "*"):
		i.warn("wildcard", field, name, rule("may have a wildcard only as its whole left-most label, as in *.example.com (RFC 9525 section 6.3)", "通配符只能是完整的最左标签，如 *.example.com（RFC 9525 第 6.3 节）"))
	case strings.HasSuffix(name, "."):
		i.warn("trailing-dot", field, name, rule("ends in a dot, which names in certificates may not (CA/Browser Forum BR 7.1.2.7.12)", "以点结尾，证书中的名称不允许（CA/Browser Forum BR 7.1.2.7.12）"))
	case strings.Contains(base, "_"):
		i.warn("underscore", field, name, rule("has an underscore, which host names may not have (RFC 5280 section 4.2.1.6, CA/Browser Forum ballot SC12)", "含有下划线，主机名不允许（RFC 5280 第 4.2.1.6 节，CA/Browser Forum ballot SC12）"))
	case long || len(name) > maxDomain:
		i.warn("too-long", field, name, rule("is too long: a label may have 63 bytes and a name 253 (RFC 1034 section 3.1)", "过长：标签最多 63 字节，名称最多 253 字节（RFC 1034 第 3.1 节）"))
	case label != "" || base == "" || strings.Contains(base, ".."):
		i.warn("bad-label", field, name, rule("is no host name: letters, digits and inner hyphens, in labels separated by dots (RFC 1034 section 3.5)", "不是主机名：各标签由字母、数字和中间的连字符组成，以点分隔（RFC 1034 第 3.5 节）"))
	case strings.Contains(name, "xn--") && UnicodeDomain(name) == name:
		i.warn("bad-idn", field, name, rule("has an A-label that stands for no IDN (RFC 5890 section 2.3.2.1)", "含有不对应任何 IDN 的 A-label（RFC 5890 第 2.3.2.1 节）"))
	case !strings.Contains(base, "."):
		i.hint("internal-name", field, name, rule("has one label: public CAs issue for no internal names (CA/Browser Forum BR 7.1.2.7.12)", "只有一个标签：公共 CA 不为内部名称签发（CA/Browser Forum BR 7.1.2.7.12）"))
	}
}

func isHostLabel(label string) bool {
	if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return false
	}
	return strings.IndexFunc(label, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) < 0
}
