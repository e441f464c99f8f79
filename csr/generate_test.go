package csr_test

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"csrd/csr"
	"csrd/internal/testtool"
)

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(testtool.Need(t, "openssl"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func parse(t *testing.T, request string) *x509.CertificateRequest {
	t.Helper()
	block, rest := pem.Decode([]byte(request))
	if block == nil || block.Type != "CERTIFICATE REQUEST" || len(rest) > 0 {
		t.Fatalf("not one PEM block of a CSR: %q", request)
	}
	parsed, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestSubjectFollowsThePublishedSample(t *testing.T) {
	d := good()
	d.Organization, d.City, d.Province, d.Country = "A & B + C/D=E*~'()! 'é", "深圳", "Guang dong", "China"
	for _, test := range []struct {
		name   string
		adjust func(*csr.Generator)
		want   string
	}{
		{"by default", func(*csr.Generator) {}, "UTF8STRING:www.example.com UTF8STRING:A & B + C/D=E*~'()! 'é UTF8STRING:深圳 UTF8STRING:Guang dong PRINTABLESTRING:CN"},
		{"with OU and e-mail", func(g *csr.Generator) { g.SubjectOU, g.SubjectEmail = true, true },
			"UTF8STRING:www.example.com UTF8STRING:A & B + C/D=E*~'()! 'é UTF8STRING:IT UTF8STRING:深圳 UTF8STRING:Guang dong PRINTABLESTRING:CN IA5STRING:pki@example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			generator := tencent()
			test.adjust(generator)
			request, _, err := generator.Generate(t.Context(), d, "")
			if err != nil {
				t.Fatal(err)
			}
			out := openssl(t, "req", "-in", write(t, "csr.pem", request), "-noout", "-subject", "-nameopt", "utf8,show_type,sep_comma_plus")
			var got []string
			for _, rdn := range strings.Split(strings.TrimPrefix(strings.TrimSpace(out), "subject="), ",") {
				_, value, _ := strings.Cut(rdn, "=")
				got = append(got, strings.TrimSpace(value))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("subject\n%s\nwant\n%s", strings.Join(got, " "), test.want)
			}
		})
	}
}

func TestNamesAreTypedDeduplicatedAndBeginWithTheDomain(t *testing.T) {
	d := good()
	d.Domain = "例え.Example.com"
	d.SubjectAltName = []string{
		"b.example.com", "xn--r8jz45g.example.com", "B.EXAMPLE.COM", "*.例え.com", "192.0.2.1", "::ffff:192.0.2.1",
		"2001:db8::1", "a@例え.com", "a@xn--r8jz45g.com",
	}
	request, _, err := tencent().Generate(t.Context(), d, "")
	if err != nil {
		t.Fatal(err)
	}
	parsed := parse(t, request)
	if got := parsed.Subject.CommonName; got != "xn--r8jz45g.example.com" {
		t.Errorf("CN %q", got)
	}
	if want := []string{"xn--r8jz45g.example.com", "b.example.com", "*.xn--r8jz45g.com"}; !reflect.DeepEqual(parsed.DNSNames, want) {
		t.Errorf("DNS names %q, want %q", parsed.DNSNames, want)
	}
	if len(parsed.IPAddresses) != 2 || !parsed.IPAddresses[0].Equal(net.IPv4(192, 0, 2, 1)) || !parsed.IPAddresses[1].Equal(net.ParseIP("2001:db8::1")) {
		t.Errorf("IP addresses %v", parsed.IPAddresses)
	}
	if want := []string{"a@xn--r8jz45g.com"}; !reflect.DeepEqual(parsed.EmailAddresses, want) {
		t.Errorf("e-mail addresses %q, want %q", parsed.EmailAddresses, want)
	}
}

func TestPEMHasLineEndsAsPublished(t *testing.T) {
	request, key, err := tencent().Generate(t.Context(), good(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{request, string(key)} {
		if !strings.HasSuffix(text, "-----\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("line ends are not CR LF throughout: %q", text)
		}
	}
}

func TestGenerateRefusesWhatACSRCannotHold(t *testing.T) {
	d := good()
	d.Country = "Atlantis"
	_, _, err := tencent().Generate(t.Context(), d, "")
	if got := refused(t, err); len(got) != 1 || got[0].Field != "Country" {
		t.Errorf("refused for %v, want Country", got)
	}
}
