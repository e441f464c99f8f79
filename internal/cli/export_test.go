package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestFileNamesOfAnyDomainAreSafe(t *testing.T) {
	for domain, want := range map[string]string{
		"www.example.com":           "www.example.com",
		"WWW.Example.com":           "www.example.com",
		"*.example.com":             "_wildcard.example.com",
		"例え.example.com":            "xn--r8jz45g.example.com",
		"*.例え.example.com":          "_wildcard.xn--r8jz45g.example.com",
		"_dmarc.example.com":        "_dmarc.example.com",
		"192.0.2.1":                 "192.0.2.1",
		"2001:db8::1":               "2001_db8__1",
		"":                          "csr-7",
		".":                         "csr-7",
		"..":                        "csr-7",
		"-":                         "csr-7",
		"* *":                       "csr-7",
		"-rf.example.com":           "rf.example.com",
		".ssh":                      "ssh",
		"../../etc/passwd":          "_.._etc_passwd",
		"/etc/passwd":               "_etc_passwd",
		`..\..\windows`:             "_.._windows",
		"a\x00b\nc\x1b[31m":         "a_b_c__31m",
		"*.../x":                    "_wildcard..._x",
		"a b;c&d|e$f`g":             "a_b_c_d_e_f_g",
		"example.com.":              "example.com",
		"\u202emoc.elpmaxe":         "_moc.elpmaxe",
		strings.Repeat("a.", 200):   strings.Repeat("a.", 99) + "a",
		strings.Repeat("例え.", 2000): "csr-7",
	} {
		got := fileBase(domain, 7)
		if got != want {
			t.Errorf("%.60q: %q, want %q", domain, got, want)
		}
		if filepath.Base(got) != got || !filepath.IsLocal(got) || len(got) > maxBase {
			t.Errorf("%.60q: %q is no name of a file", domain, got)
		}
	}
}
