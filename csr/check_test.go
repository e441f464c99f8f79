package csr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"csrd/csr"
)

func good() *csr.Details {
	return &csr.Details{
		Domain: "www.example.com", Organization: "Example", Department: "IT", Email: "pki@example.com",
		Province: "Hunan", City: "Changsha", Country: "CN", EncryptAlgo: "ECC", KeyParameter: "prime256v1",
	}
}

func tencent() *csr.Generator { return csr.NewGenerator(csr.TencentAlgorithms, 0) }

func refused(t *testing.T, err error) []csr.Problem {
	t.Helper()
	if err == nil {
		return nil
	}
	var invalid *csr.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v is no InvalidError", err)
	}
	return invalid.Problems
}

func TestCheckOfDraftsAndOfWhatIsGenerated(t *testing.T) {
	long := func(n int) string { return strings.Repeat("长", n) }
	tags := func(n int) (tags []csr.Tag) {
		for i := range n {
			tags = append(tags, csr.Tag{Key: fmt.Sprint(i)})
		}
		return tags
	}
	names := func(n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf("h%d.example.com", i))
		}
		return names
	}
	const both, full, none = "both", "full", "none" // at which check it is refused
	for _, test := range []struct {
		name   string
		change func(*csr.Details)
		when   string
		field  string
	}{
		{"nothing", func(d *csr.Details) {}, none, ""},
		{"published sample domain", func(d *csr.Details) { d.Domain = "www.***.com" }, full, "Domain"},
		{"published sample e-mail", func(d *csr.Details) { d.Email = "heysh**hhe@qq" }, none, ""},
		{"published sample country", func(d *csr.Details) { d.Country = "China" }, none, ""},
		{"published sample country, lower case", func(d *csr.Details) { d.Country = "china" }, none, ""},

		{"domain empty", func(d *csr.Details) { d.Domain = "" }, both, "Domain"},
		{"domain blank", func(d *csr.Details) { d.Domain = "  " }, both, "Domain"},
		{"domain of 254", func(d *csr.Details) { d.Domain = strings.Repeat("a.", 127) }, both, "Domain"},
		{"domain with a line end", func(d *csr.Details) { d.Domain = "a\nb" }, both, "Domain"},
		{"domain IDN", func(d *csr.Details) { d.Domain = "例え.example.com" }, none, ""},
		{"domain wildcard", func(d *csr.Details) { d.Domain = "*.example.com" }, none, ""},
		{"domain of one label", func(d *csr.Details) { d.Domain = "intranet" }, none, ""},
		{"domain wildcard alone", func(d *csr.Details) { d.Domain = "*" }, full, "Domain"},
		{"domain wildcard inside", func(d *csr.Details) { d.Domain = "www.*.com" }, full, "Domain"},
		{"domain partial wildcard", func(d *csr.Details) { d.Domain = "w*.example.com" }, full, "Domain"},
		{"domain two wildcards", func(d *csr.Details) { d.Domain = "*.*.com" }, full, "Domain"},
		{"domain with underscore", func(d *csr.Details) { d.Domain = "a_b.example.com" }, full, "Domain"},
		{"domain with space", func(d *csr.Details) { d.Domain = "a b.example.com" }, full, "Domain"},
		{"domain with empty label", func(d *csr.Details) { d.Domain = "a..com" }, full, "Domain"},
		{"domain starting with a dot", func(d *csr.Details) { d.Domain = ".example.com" }, full, "Domain"},
		{"domain ending in a dot", func(d *csr.Details) { d.Domain = "example.com." }, full, "Domain"},
		{"domain with leading hyphen", func(d *csr.Details) { d.Domain = "-a.example.com" }, full, "Domain"},
		{"domain IP address", func(d *csr.Details) { d.Domain = "192.0.2.1" }, full, "Domain"},
		{"domain with a reserved label", func(d *csr.Details) { d.Domain = "ab--cd.example.com" }, full, "Domain"},
		{"domain with three hyphens inside", func(d *csr.Details) { d.Domain = "abc---de.example.com" }, none, ""},
		{"domain bad A-label", func(d *csr.Details) { d.Domain = "xn--99999.example.com" }, full, "Domain"},
		{"common name of 64", func(d *csr.Details) { d.Domain = strings.Repeat("a", 60) + ".com" }, none, ""},
		{"common name of 65", func(d *csr.Details) { d.Domain = strings.Repeat("a", 61) + ".com" }, full, "Domain"},
		{"common name of 65 as A-label", func(d *csr.Details) { d.Domain = "例." + strings.Repeat("a", 54) + ".de" }, full, "Domain"},
		{"domain ending in a number", func(d *csr.Details) { d.Domain = "192.0.2.999" }, full, "Domain"},
		{"domain IP address in full width", func(d *csr.Details) { d.Domain = "１９２.0.2.1" }, full, "Domain"},
		{"domain with a label that is a number", func(d *csr.Details) { d.Domain = "2.example.com" }, none, ""},
		{"domain in full width", func(d *csr.Details) { d.Domain = "ｗｗｗ。example。com" }, none, ""},
		{"domain not UTF-8", func(d *csr.Details) { d.Domain = "\xff.example.com" }, both, "Domain"},
		{"label of 63", func(d *csr.Details) { d.Domain = strings.Repeat("a", 63) }, none, ""},
		{"label of 64", func(d *csr.Details) { d.Domain = strings.Repeat("a", 64) }, full, "Domain"},

		{"organization of 64", func(d *csr.Details) { d.Organization = long(64) }, none, ""},
		{"organization of 65", func(d *csr.Details) { d.Organization = long(65) }, both, "Organization"},
		{"organization empty", func(d *csr.Details) { d.Organization = "" }, both, "Organization"},
		{"organization not UTF-8", func(d *csr.Details) { d.Organization = "a\xc3" }, both, "Organization"},
		{"organization of emoji", func(d *csr.Details) { d.Organization = strings.Repeat("🏢", 64) }, none, ""},
		{"organization with tab", func(d *csr.Details) { d.Organization = "a\tb" }, both, "Organization"},
		{"department of 64", func(d *csr.Details) { d.Department = long(64) }, none, ""},
		{"department of 65", func(d *csr.Details) { d.Department = long(65) }, both, "Department"},
		{"department empty", func(d *csr.Details) { d.Department = "" }, both, "Department"},
		{"province of 128", func(d *csr.Details) { d.Province = long(128) }, none, ""},
		{"province of 129", func(d *csr.Details) { d.Province = long(129) }, both, "Province"},
		{"city of 128", func(d *csr.Details) { d.City = long(128) }, none, ""},
		{"city of 129", func(d *csr.Details) { d.City = long(129) }, both, "City"},

		{"country in lower case", func(d *csr.Details) { d.Country = "us" }, none, ""},
		{"country not assigned", func(d *csr.Details) { d.Country = "UK" }, full, "Country"},
		{"country of three letters", func(d *csr.Details) { d.Country = "CHN" }, full, "Country"},
		{"country spanning two codes", func(d *csr.Details) { d.Country = "N " }, full, "Country"},
		{"country in letters of another script", func(d *csr.Details) { d.Country = "ıt" }, full, "Country"},
		{"country in letters that become two", func(d *csr.Details) { d.Country = "ß" }, full, "Country"},
		{"country empty", func(d *csr.Details) { d.Country = "" }, both, "Country"},

		{"email with plus", func(d *csr.Details) { d.Email = "a+b@example.com" }, none, ""},
		{"email IDN domain", func(d *csr.Details) { d.Email = "a@例え.com" }, none, ""},
		{"email without at", func(d *csr.Details) { d.Email = "example.com" }, full, "Email"},
		{"email with name", func(d *csr.Details) { d.Email = "A <a@example.com>" }, full, "Email"},
		{"two emails", func(d *csr.Details) { d.Email = "a@example.com, b@example.com" }, full, "Email"},
		{"email with Chinese local part", func(d *csr.Details) { d.Email = "王@example.com" }, full, "Email"},
		{"email at a wildcard", func(d *csr.Details) { d.Email = "a@*.com" }, full, "Email"},
		{"email with a local part of 64", func(d *csr.Details) { d.Email = strings.Repeat("a", 64) + "@example.com" }, none, ""},
		{"email with a local part of 65", func(d *csr.Details) { d.Email = strings.Repeat("a", 65) + "@example.com" }, full, "Email"},
		{"email of 255 that is longer as A-labels", func(d *csr.Details) { d.Email = "abc@" + strings.Repeat("例.", 124) + "com" }, full, "Email"},
		{"email at an IP address", func(d *csr.Details) { d.Email = "a@192.0.2.1" }, full, "Email"},
		{"email of 256", func(d *csr.Details) { d.Email = "a@" + strings.Repeat("a", 254) }, both, "Email"},

		{"RSA 2048", func(d *csr.Details) { d.EncryptAlgo, d.KeyParameter = "RSA", "2048" }, none, ""},
		{"RSA 4096", func(d *csr.Details) { d.EncryptAlgo, d.KeyParameter = "RSA", "4096" }, none, ""},
		{"RSA 3072", func(d *csr.Details) { d.EncryptAlgo, d.KeyParameter = "RSA", "3072" }, both, "KeyParameter"},
		{"RSA prime256v1", func(d *csr.Details) { d.EncryptAlgo = "RSA" }, both, "KeyParameter"},
		{"unknown algorithm", func(d *csr.Details) { d.EncryptAlgo = "DSA" }, both, "EncryptAlgo"},
		{"algorithm in lower case", func(d *csr.Details) { d.EncryptAlgo = "ecc" }, both, "EncryptAlgo"},

		{"remark of 1,000", func(d *csr.Details) { d.Remark = long(1000) }, none, ""},
		{"remark of 1,001", func(d *csr.Details) { d.Remark = long(1001) }, both, "Remark"},
		{"remark of two lines", func(d *csr.Details) { d.Remark = "a\r\n\tb" }, none, ""},
		{"remark with NUL", func(d *csr.Details) { d.Remark = "a\x00b" }, both, "Remark"},

		{"50 tags", func(d *csr.Details) { d.Tags = tags(50) }, none, ""},
		{"51 tags", func(d *csr.Details) { d.Tags = tags(51) }, both, "Tags"},
		{"tag key of 127", func(d *csr.Details) { d.Tags = []csr.Tag{{Key: long(127), Value: long(255)}} }, none, ""},
		{"tag key of 128", func(d *csr.Details) { d.Tags = []csr.Tag{{Key: long(128)}} }, both, "Tags.0.TagKey"},
		{"tag key empty", func(d *csr.Details) { d.Tags = []csr.Tag{{Key: " ", Value: "v"}} }, both, "Tags.0.TagKey"},
		{"tag value of 256", func(d *csr.Details) { d.Tags = []csr.Tag{{Key: "k", Value: long(256)}} }, both, "Tags.0.TagValue"},
		{"tag key twice", func(d *csr.Details) { d.Tags = []csr.Tag{{Key: "k"}, {Key: "k"}} }, both, "Tags.1.TagKey"},

		{"100 names", func(d *csr.Details) { d.SubjectAltName = names(100) }, none, ""},
		{"101 names", func(d *csr.Details) { d.SubjectAltName = names(101) }, both, "SubjectAltName"},
		{"names of every type", func(d *csr.Details) {
			d.SubjectAltName = []string{"*.例え.com", "192.0.2.1", "2001:db8::1", "a@example.com"}
		}, none, ""},
		{"name empty", func(d *csr.Details) { d.SubjectAltName = []string{"a.example.com", ""} }, both, "SubjectAltName.1"},
		{"name of 256", func(d *csr.Details) { d.SubjectAltName = []string{long(256)} }, both, "SubjectAltName.0"},
		{"name no domain", func(d *csr.Details) { d.SubjectAltName = []string{"a.example.com", "https://example.com"} }, full, "SubjectAltName.1"},
		{"name no IP address", func(d *csr.Details) { d.SubjectAltName = []string{"256.0.2.1"} }, full, "SubjectAltName.0"},
		{"name a network", func(d *csr.Details) { d.SubjectAltName = []string{"192.0.2.0/24"} }, full, "SubjectAltName.0"},
		{"name not UTF-8", func(d *csr.Details) { d.SubjectAltName = []string{"\xff"} }, both, "SubjectAltName.0"},
		{"name with zone", func(d *csr.Details) { d.SubjectAltName = []string{"fe80::1%eth0"} }, full, "SubjectAltName.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := good()
			test.change(d)
			for _, check := range []struct {
				become  csr.Status
				refuses bool
			}{{csr.Draft, test.when == both}, {csr.Generated, test.when != none}} {
				got := refused(t, tencent().Check(d, check.become, ""))
				if !check.refuses {
					if len(got) > 0 {
						t.Errorf("to become %d: refused: %v", check.become, got)
					}
					continue
				}
				if len(got) != 1 || got[0].Field != test.field || got[0].Reason.En == "" || got[0].Reason.Zh == "" {
					t.Errorf("to become %d: refused for %v, want one problem of %s", check.become, got, test.field)
				}
			}
		})
	}
}

func TestKeyPasswordIsBoundedAndNeverInTheError(t *testing.T) {
	for password, ok := range map[csr.Secret]bool{
		"": true, "pass word 密码": true, csr.Secret(strings.Repeat("x", 128)): true,
		csr.Secret(strings.Repeat("x", 129)): false, "line\nend": false,
	} {
		err := tencent().Check(good(), csr.Draft, password)
		if (err == nil) != ok {
			t.Errorf("a password of %d bytes: %v", len(password), err)
		}
		if err != nil && strings.Contains(err.Error(), string(password)) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	d := good()
	d.Domain, d.Country, d.Email, d.Organization, d.KeyParameter = "a..b", "XX", "none", "", "1024"
	d.City, d.Remark = strings.Repeat("市", 129), "a\x00"
	d.SubjectAltName = []string{"a.example.com", "ab--cd.example.com", "fe80::1%eth0"}
	d.Tags = []csr.Tag{{Key: "k"}, {Key: "k"}}
	invalid := &csr.InvalidError{Problems: refused(t, tencent().Check(d, csr.Generated, "line\nend"))}
	city := "City `" + strings.Repeat("市", 64) + "…` "
	want := csr.Reason{
		En: "Organization must not be empty; " + city + "must have at most 128 characters, it has 129; " +
			"KeyParameter `1024` must be prime256v1 for ECC; Remark must not contain the control character U+0000; " +
			"Tags.1.TagKey `k` is given twice; KeyPassword must not contain control characters; " +
			"Domain `a..b` is not a domain name: it has an empty label; " +
			"Country `XX` is not a country code of ISO 3166-1 alpha-2, as CN or US; " +
			"Email `none` is not one e-mail address as in name@example.com; " +
			"SubjectAltName.1 `ab--cd.example.com` is not a domain name: a label has -- as its third and fourth characters, which is reserved (RFC 5890 §2.3.1); " +
			"SubjectAltName.2 `fe80::1%eth0` must not have a zone: certificates know addresses without one",
		Zh: "Organization 不能为空；" + city + "最多 128 个字符，实际为 129 个；" +
			"KeyParameter `1024` 在 ECC 时须为 prime256v1；Remark 不能含有控制字符 U+0000；" +
			"Tags.1.TagKey `k` 重复给出；KeyPassword 不能含有控制字符；" +
			"Domain `a..b` 不是域名：含有空标签；" +
			"Country `XX` 不是 ISO 3166-1 alpha-2 国家代码，如 CN 或 US；" +
			"Email `none` 不是单个邮箱地址，如 name@example.com；" +
			"SubjectAltName.1 `ab--cd.example.com` 不是域名：有标签的第三、四个字符为 --，属于保留格式（RFC 5890 §2.3.1）；" +
			"SubjectAltName.2 `fe80::1%eth0` 不能带区域标识：证书中的地址不含区域",
	}
	if got := invalid.Text(); got != want || invalid.Error() != want.En {
		t.Errorf("told is\n%s\n%s\nwant\n%s\n%s", got.En, got.Zh, want.En, want.Zh)
	}
}

func TestDomainKeyComparesDomainsAsTheFilterDoes(t *testing.T) {
	same := func(want bool, a, b string) {
		t.Helper()
		if got := csr.DomainKey(a) == csr.DomainKey(b); got != want {
			t.Errorf("%q and %q compare as %q and %q", a, b, csr.DomainKey(a), csr.DomainKey(b))
		}
	}
	same(true, "WWW.Example.COM", "www.example.com")
	same(true, "例え.example.com", "xn--r8jz45g.EXAMPLE.com")
	same(true, "*.例え.example.com", "*.xn--r8jz45g.example.com")
	same(true, "www.***.com", "WWW.***.COM")
	same(true, "a_b.example.com", "A_B.example.com")
	same(false, "www.example.com", "example.com")
	same(false, "*.example.com", "example.com")
	same(false, "", "example.com")
}

func TestSecretsDoNotPrint(t *testing.T) {
	const secret csr.Secret = "hunter2"
	type record struct{ Key csr.Secret }
	for _, text := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%v %s %q %#v", secret, secret, secret, secret), fmt.Sprintf("%+v %#v", record{secret}, record{secret}),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%q shows the secret", text)
		}
	}
}

// What is over a limit is not looked at one by one: the answer stays short, and
// so does the time it takes.
func TestWhatIsFarOverALimitIsNotLookedInto(t *testing.T) {
	d := good()
	for i := range 1_000_000 {
		d.SubjectAltName = append(d.SubjectAltName, "not a name"[:i%10+1])
	}
	d.Email = "a@" + distinct(100_000)
	d.Domain = distinct(100_000)
	if got := refused(t, tencent().Check(d, csr.Generated, "")); len(got) > 103 {
		t.Errorf("%d problems are told", len(got))
	}
	if key := csr.DomainKey(d.Domain); key != d.Domain {
		t.Errorf("a text of %d bytes was converted to one of %d", len(d.Domain), len(key))
	}
}

// distinct returns a text of n different Chinese characters, over and over.
func distinct(n int) string {
	runes := make([]rune, n)
	for i := range runes {
		runes[i] = rune(0x4e00 + i%20000)
	}
	return string(runes)
}
