package csr

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Decision: the limits on text, tags, names and passwords are csrd's own; the API documents none.

// Limits on text, in characters where nothing else is said. Those of the
// subject are the upper bounds of RFC 5280 appendix A.1; those without a source
// are our own.
const (
	maxDomain       = 253 // RFC 1034 §3.1, as text
	maxOrganization = 64  // ub-organization-name
	maxDepartment   = 64  // ub-organizational-unit-name
	maxProvince     = 128 // ub-state-name
	maxCity         = 128 // ub-locality-name
	maxEmail        = 255 // ub-emailaddress-length
	maxCountry      = 64  // of a draft: "China" is one
	maxRemark       = 1000
	maxTags         = 50
	maxTagKey       = 127
	maxTagValue     = 255
	maxKeyPassword  = 128 // bytes
	maxSANs         = 100
	maxSAN          = 255
)

// Limit bounds a text, each text of a list, and how many there are in a list.
// What is 0 is not bounded.
type Limit struct {
	Characters int `json:",omitempty"`
	Bytes      int `json:",omitempty"`
	Elements   int `json:",omitempty"`
}

// Limits returns the limits that [Generator.Check] holds the texts of a CSR
// to, by the names of the API's parameters.
func Limits() map[string]Limit {
	limits := map[string]Limit{
		"Remark":         {Characters: maxRemark},
		"SubjectAltName": {Characters: maxSAN, Elements: maxSANs},
		"Tags":           {Elements: maxTags},
		"TagKey":         {Characters: maxTagKey},
		"TagValue":       {Characters: maxTagValue},
		"KeyPassword":    {Bytes: maxKeyPassword},
	}
	for _, text := range new(Details).subjectTexts() {
		limits[text.name] = Limit{Characters: text.most}
	}
	return limits
}

// errEmpty is the reason for a text of nothing but spaces.
var errEmpty = Reason{"must not be empty", "不能为空"}

// Decision: drafts are checked lightly, what is generated in full; all that is wrong is told at once, in
// FailedOperation.InvalidParam (CreateCSR) or InvalidParameter.WithDetailReason (ModifyCSR).

// subjectText is a field of details that is a text of the subject.
type subjectText struct {
	name, value string
	most        int // characters
}

func (d *Details) subjectTexts() []subjectText {
	return []subjectText{
		{"Domain", d.Domain, maxDomain},
		{"Organization", d.Organization, maxOrganization},
		{"Department", d.Department, maxDepartment},
		{"Email", d.Email, maxEmail},
		{"Province", d.Province, maxProvince},
		{"City", d.City, maxCity},
		{"Country", d.Country, maxCountry},
	}
}

// Check checks details and the password of their key for what they are to
// become. A [Draft] is checked lightly: lengths, characters and an algorithm of
// the Generator's set; the API's own samples save the domain "www.***.com" and
// the country "China". To be [Generated] they are checked in full. The error is
// an [*InvalidError] with all that is wrong.
func (g *Generator) Check(d *Details, become Status, password Secret) error {
	var p problems
	for _, field := range d.subjectTexts() {
		if strings.TrimSpace(field.value) == "" {
			p.add(field.name, "", errEmpty)
			continue
		}
		p.checkText(field.name, field.value, field.most)
	}
	if problem := g.algorithms.check(d.EncryptAlgo, d.KeyParameter); problem != nil {
		p.addProblem(*problem)
	}
	p.checkText("Remark", d.Remark, maxRemark, '\n', '\r', '\t')
	p.checkTags(d.Tags)
	p.checkSANText(d.SubjectAltName)
	p.checkPassword(password)
	if become == Generated {
		p.checkSubject(d)
	}
	return p.err()
}

// checkText checks length and characters; allowed control characters are
// listed. A subject holds its text as UTF8String (RFC 5280 §4.1.2.4), so it
// must be UTF-8 (RFC 3629).
func (p *problems) checkText(field, value string, most int, allowed ...rune) {
	if !utf8.ValidString(value) {
		p.add(field, "", rule("must be UTF-8", "须为 UTF-8 编码"))
		return
	}
	if n := utf8.RuneCountInString(value); n > most {
		p.add(field, value, rule("must have at most %d characters, it has %d", "最多 %d 个字符，实际为 %d 个", most, n))
	}
	for _, r := range value {
		if unicode.IsControl(r) && !strings.ContainsRune(string(allowed), r) {
			p.add(field, "", rule("must not contain the control character %U", "不能含有控制字符 %U", r))
			return
		}
	}
}

func (p *problems) checkPassword(password Secret) {
	if len(password) > maxKeyPassword {
		p.add("KeyPassword", "", rule("must have at most %d bytes", "最多 %d 字节", maxKeyPassword))
	}
	if strings.ContainsFunc(string(password), unicode.IsControl) {
		p.add("KeyPassword", "", rule("must not contain control characters", "不能含有控制字符"))
	}
}

func (p *problems) checkTags(tags []Tag) {
	if len(tags) > maxTags {
		p.add("Tags", "", rule("must be at most %d, they are %d", "最多 %d 个，实际为 %d 个", maxTags, len(tags)))
		return
	}
	seen := map[string]bool{}
	for i, tag := range tags {
		key := fmt.Sprintf("Tags.%d.TagKey", i)
		if strings.TrimSpace(tag.Key) == "" {
			p.add(key, "", errEmpty)
		}
		p.checkText(key, tag.Key, maxTagKey)
		p.checkText(fmt.Sprintf("Tags.%d.TagValue", i), tag.Value, maxTagValue)
		if seen[tag.Key] {
			p.add(key, tag.Key, rule("is given twice", "重复给出"))
		}
		seen[tag.Key] = true
	}
}

func (p *problems) checkSANText(names []string) {
	if len(names) > maxSANs {
		p.add("SubjectAltName", "", rule("must have at most %d names, it has %d", "最多 %d 个名称，实际为 %d 个", maxSANs, len(names)))
		return
	}
	for i, name := range names {
		field := fmt.Sprintf("SubjectAltName.%d", i)
		if strings.TrimSpace(name) == "" {
			p.add(field, "", errEmpty)
			continue
		}
		p.checkText(field, name, maxSAN)
	}
}

// checkSubject checks what enters a certificate signing request.
func (p *problems) checkSubject(d *Details) {
	if name, err := commonName(d.Domain); err != nil {
		p.add("Domain", d.Domain, reasonOf(err))
	} else if len(name) > maxCommonName {
		p.add("Domain", d.Domain, rule("must have at most %d bytes as a common name in ASCII form (RFC 5280, ub-common-name), it has %d", "作为通用名称，其 ASCII 形式最多 %d 字节（RFC 5280，ub-common-name），实际为 %d 字节", maxCommonName, len(name)))
	}
	if _, err := countryCode(d.Country); err != nil {
		p.add("Country", d.Country, reasonOf(err))
	}
	if _, err := emailAddress(d.Email); err != nil {
		p.add("Email", d.Email, reasonOf(err))
	}
	for i, name := range d.SubjectAltName[:min(len(d.SubjectAltName), maxSANs)] {
		if err := new(altNames).add(name); err != nil {
			p.add(fmt.Sprintf("SubjectAltName.%d", i), name, reasonOf(err))
		}
	}
}
