package csr_test

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"csrd/csr"

	"pgregory.net/rapid"
)

// name is a subject alternative name as a user writes it, and as the CSR has it.
type name struct {
	given string
	dns   string
	ip    string
	email string
}

// labels are IDN in Unicode and as A-labels (RFC 3492 and IANA's test domains).
var labels = [][2]string{
	{"例え", "xn--r8jz45g"}, {"مثال", "xn--mgbh0fb"}, {"例子", "xn--fsqu00a"}, {"BÜCHER", "xn--bcher-kva"},
	{"παράδειγμα", "xn--hxajbheg2az3al"}, {"उदाहरण", "xn--p1b6ci4b4b3a"},
}

func label() *rapid.Generator[[2]string] {
	return rapid.Custom(func(t *rapid.T) [2]string {
		if rapid.Bool().Draw(t, "IDN") {
			pair := rapid.SampledFrom(labels).Draw(t, "label")
			return [2]string{pair[rapid.IntRange(0, 1).Draw(t, "form")], pair[1]}
		}
		text := rapid.StringMatching(`[a-zA-Z]([a-zA-Z0-9]{0,9}[a-zA-Z0-9])?`).Draw(t, "label")
		return [2]string{text, strings.ToLower(text)}
	})
}

// domain is one of at most 64 bytes, which may be a wildcard.
func domain(wildcard bool) *rapid.Generator[name] {
	return rapid.Custom(func(t *rapid.T) name {
		var given, dns []string
		if wildcard && rapid.Bool().Draw(t, "wildcard") {
			given, dns = []string{"*"}, []string{"*"}
		}
		for _, l := range rapid.SliceOfN(label(), 1, 3).Draw(t, "labels") {
			given, dns = append(given, l[0]), append(dns, l[1])
		}
		return name{given: strings.Join(given, "."), dns: strings.Join(dns, ".")}
	})
}

func email() *rapid.Generator[name] {
	return rapid.Custom(func(t *rapid.T) name {
		local := rapid.StringMatching(`[a-zA-Z0-9+_=-]{1,20}(\.[a-zA-Z0-9]{1,20})?`).Draw(t, "local part")
		at := domain(false).Draw(t, "domain")
		return name{given: local + "@" + at.given, email: local + "@" + at.dns}
	})
}

func address() *rapid.Generator[name] {
	return rapid.Custom(func(t *rapid.T) name {
		size := rapid.SampledFrom([]int{4, 16}).Draw(t, "size")
		addr, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "address"))
		given := addr.String()
		if rapid.Bool().Draw(t, "IPv4 in IPv6") && addr.Is4() {
			given = "::ffff:" + given
		}
		return name{given: given, ip: addr.Unmap().String()}
	})
}

// text is what people write into a subject: Latin, Chinese, Arabic, emoji.
func text(most int) *rapid.Generator[string] {
	scripts := []*unicode.RangeTable{
		unicode.Latin, unicode.Han, unicode.Arabic, unicode.Devanagari, unicode.Zs, unicode.Nd, unicode.P, unicode.S,
		{R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}}}, // emoji
		{R16: []unicode.Range16{{Lo: 0x200d, Hi: 0x200f, Stride: 1}}},   // joiner, marks of direction
	}
	return rapid.StringOfN(rapid.RuneFrom(nil, scripts...), 1, most, -1).
		Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
}

// What goes in comes out: the parsed CSR has what details say, each in its
// place and of its type.
func TestWhatGoesInComesOutOfTheParsedCSR(t *testing.T) {
	generator := csr.NewGenerator(csr.ExtendedAlgorithms, 0)
	generator.SubjectOU, generator.SubjectEmail = true, true
	rapid.Check(t, func(rt *rapid.T) {
		cn := domain(true).Filter(func(n name) bool { return len(n.dns) <= 64 }).Draw(rt, "Domain")
		mail := email().Draw(rt, "Email")
		least := rapid.SampledFrom([]int{0, 5, 100}).Draw(rt, "least names")
		names := rapid.SliceOfN(rapid.OneOf(domain(true), address(), email()), least, 100).Draw(rt, "SubjectAltName")
		d := &csr.Details{
			Domain:       cn.given,
			Organization: text(64).Draw(rt, "Organization"),
			Department:   text(64).Draw(rt, "Department"),
			Email:        mail.given,
			Province:     text(128).Draw(rt, "Province"),
			City:         text(128).Draw(rt, "City"),
			Country:      rapid.SampledFrom([]string{"CN", "us", "De", "TW"}).Draw(rt, "Country"),
			EncryptAlgo:  "ECC", KeyParameter: "prime256v1",
		}
		var dns, emails []string
		var ips []net.IP
		for _, n := range append([]name{cn}, names...) {
			if n.given != cn.given {
				d.SubjectAltName = append(d.SubjectAltName, n.given)
			}
			if n.dns != "" && !slices.Contains(dns, n.dns) {
				dns = append(dns, n.dns)
			}
			if n.email != "" && !slices.Contains(emails, n.email) {
				emails = append(emails, n.email)
			}
			if ip := net.ParseIP(n.ip); ip != nil && !slices.ContainsFunc(ips, ip.Equal) {
				ips = append(ips, ip)
			}
		}

		request, _, err := generator.Generate(t.Context(), d, "")
		if err != nil {
			rt.Fatalf("%+v: %v", d, err)
		}
		parsed := parse(t, request)
		if err := parsed.CheckSignature(); err != nil {
			rt.Error(err)
		}
		for _, attribute := range []struct {
			field string
			got   []string
			want  string
		}{
			{"Domain", []string{parsed.Subject.CommonName}, cn.dns},
			{"Organization", parsed.Subject.Organization, d.Organization},
			{"Department", parsed.Subject.OrganizationalUnit, d.Department},
			{"City", parsed.Subject.Locality, d.City},
			{"Province", parsed.Subject.Province, d.Province},
			{"Country", parsed.Subject.Country, strings.ToUpper(d.Country)},
		} {
			if !slices.Equal(attribute.got, []string{attribute.want}) {
				rt.Errorf("%s came out as %q, want %q", attribute.field, attribute.got, attribute.want)
			}
		}
		if last := parsed.Subject.Names[len(parsed.Subject.Names)-1]; last.Value != mail.email || len(parsed.Subject.Names) != 7 {
			rt.Errorf("the subject ends in %v, want %s", last, mail.email)
		}
		if !slices.Equal(parsed.DNSNames, dns) {
			rt.Errorf("DNS names %q, want %q", parsed.DNSNames, dns)
		}
		if !slices.Equal(parsed.EmailAddresses, emails) {
			rt.Errorf("e-mail addresses %q, want %q", parsed.EmailAddresses, emails)
		}
		if !slices.EqualFunc(parsed.IPAddresses, ips, net.IP.Equal) {
			rt.Errorf("IP addresses %v, want %v", parsed.IPAddresses, ips)
		}
	})
}

var fieldName = regexp.MustCompile(`^(Domain|Organization|Department|Email|Province|City|Country|EncryptAlgo|KeyParameter|Remark|SubjectAltName(\.\d+)?|Tags(\.\d+\.Tag(Key|Value))?)$`)

// Whatever comes, it is refused by the name of a field, or it is in the CSR.
func TestWhateverComesIsRefusedByFieldOrComesOut(t *testing.T) {
	generator := tencent()
	anything := rapid.OneOf(
		rapid.String(), text(70), rapid.StringN(60, 70, -1), rapid.StringMatching(`[a-z*@.:/ _0-9-]{0,12}`),
		rapid.Map(domain(true), func(n name) string { return n.given }), rapid.Map(email(), func(n name) string { return n.given }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"CN", "China", "RSA", "ECC", "prime256v1", "www.***.com"}),
	)
	refusals, made := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := good()
		for _, field := range []*string{&d.Domain, &d.Organization, &d.Department, &d.Email, &d.Province, &d.City, &d.Country, &d.EncryptAlgo, &d.KeyParameter, &d.Remark} {
			if rapid.IntRange(0, 9).Draw(rt, "changed") == 0 {
				*field = anything.Draw(rt, "value")
			}
		}
		d.SubjectAltName = rapid.SliceOfN(anything, 0, 2).Draw(rt, "SubjectAltName")
		request, _, err := generator.Generate(t.Context(), d, "")
		if err != nil {
			var invalid *csr.InvalidError
			if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
				rt.Fatalf("%+v: %v is no refusal", d, err)
			}
			for _, p := range invalid.Problems {
				if !fieldName.MatchString(p.Field) || p.Reason.En == "" || p.Reason.Zh == "" {
					rt.Errorf("%+v: refused for %+v", d, p)
				}
			}
			refusals++
			return
		}
		made++
		parsed := parse(t, request)
		if !slices.Equal(parsed.Subject.Organization, []string{d.Organization}) || !slices.Equal(parsed.Subject.Province, []string{d.Province}) ||
			!slices.Equal(parsed.Subject.Locality, []string{d.City}) {
			rt.Errorf("%+v came out as %v", d, parsed.Subject)
		}
		if parsed.Subject.CommonName != csr.DomainKey(d.Domain) || parsed.DNSNames[0] != parsed.Subject.CommonName {
			rt.Errorf("the domain %q came out as %q, and first of %q", d.Domain, parsed.Subject.CommonName, parsed.DNSNames)
		}
		if n := len(parsed.DNSNames) + len(parsed.EmailAddresses) + len(parsed.IPAddresses); n > 1+len(d.SubjectAltName) {
			rt.Errorf("%d names came out of %q", n, d.SubjectAltName)
		}
	})
	if refusals == 0 || made == 0 {
		t.Errorf("%d were refused and %d made: the property says nothing", refusals, made)
	}
}
