package sdktest

import "testing"

// idnLabel is a label that is not ASCII, and its A-label.
const (
	idnLabel  = "例え"
	idnALabel = "xn--r8jz45g"
)

// idnDomain returns a domain that no other CSR of the account has, with a
// label that is not ASCII, and its ASCII form.
func idnDomain() (unicode, ascii string) {
	rest := "." + uniqueDomain()
	return idnLabel + rest, idnALabel + rest
}

// textUnchanged sends text that an SDK must escape, in JSON or before, and that the
// signature must cover as it was sent.
func textUnchanged(t *testing.T, s sdk) {
	d := sampleDetails(idnLabel+".example.com").withKey("ECC", "prime256v1")
	d.Organization = "A & B + C/D=E*~'()! 'é"
	d.Department = "研发部 "
	d.Email = "a+b@" + idnLabel + ".example.com"
	d.Province, d.City = "广东", "深圳"
	d.Remarks = "第一行\n<b>\"&amp;\"</b>\t\\u0041 %20 \u2028 \U0001F600"
	id := create(t, s, true, d, nil)
	generated := describe(t, s, id, d, statusGenerated)
	ascii := idnALabel + ".example.com"
	checkCSR(t, generated, ascii, altNames{dns: []string{ascii}})
}
