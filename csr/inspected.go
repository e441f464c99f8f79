package csr

import "slices"

// The kinds of what [Inspect] finds.
const (
	KindRequest     = "CSR"
	KindCertificate = "Certificate"
	KindPrivateKey  = "PrivateKey"
	KindPublicKey   = "PublicKey"
	KindUnknown     = "Unknown"
)

// How the signature of a CSR, or of a self-signed certificate, was found.
const (
	SignatureValid     = "valid"
	SignatureInvalid   = "invalid"
	SignatureUnchecked = "unchecked" // made by another key, or in a way that is not known
)

// Inspected is one CSR, certificate or key as [Inspect] found it. It holds no
// secret. Its tags doc are read by whoever shows it as the answer of an action.
type Inspected struct {
	Kind              string      `doc:"CSR, Certificate, PrivateKey, PublicKey or Unknown."`
	Label             string      `doc:"Label of its PEM block; empty for DER."`
	Subject           []Attribute `doc:"Attributes of the subject, in order."`
	Issuer            []Attribute `doc:"Attributes of a certificate's issuer, in order."`
	Serial            string      `doc:"Serial number of a certificate, in hexadecimal."`
	NotBefore         string      `doc:"Begin of a certificate's validity, as in 2026-11-24T00:00:00Z."`
	NotAfter          string      `doc:"End of a certificate's validity."`
	CA                bool        `doc:"Whether its basic constraints say, or ask, that it is a CA's."`
	EncryptAlgo       string      `doc:"Kind of key: RSA, ECC, EdDSA, SM2, or the name of another."`
	KeyParameter      string      `doc:"Bits of an RSA key, or curve of another."`
	SPKISHA256        string      `doc:"SHA-256 of the SubjectPublicKeyInfo, in hexadecimal; empty for an encrypted key that was not opened."`
	AltNames          []AltName   `doc:"Subject alternative names, in order."`
	Extensions        []Extension `doc:"Extensions of a certificate, or those that a CSR asks for."`
	SignatureAlgo     string      `doc:"Algorithm of the signature, as SHA256-RSA."`
	Signature         string      `doc:"valid, invalid or unchecked: whether the signature is that of the key in it. A certificate that another key signed is unchecked."`
	ChallengePassword bool        `doc:"Whether a CSR has a challengePassword. It is not shown."`
	Encryption        string      `doc:"How a private key is encrypted; empty where it is not."`
	Findings          []Finding   `doc:"What is wrong with it, or should be known."`
}

// Attribute is one attribute of a distinguished name.
type Attribute struct {
	Name  string `doc:"Short name, as CN, or the OID."`
	Type  string `doc:"String type in ASN.1, as UTF8String."`
	Value string `doc:"Value; # and hexadecimal for what is no text."`
}

// AltName is one subject alternative name.
type AltName struct {
	Type  string `doc:"DNS, IP, email, URI, DirName, RegisteredID or OtherName."`
	Value string `doc:"The name as it stands there; # and hexadecimal for what is no text."`
}

// Extension is one extension of X.509.
type Extension struct {
	OID      string `doc:"Its OID."`
	Name     string `doc:"Its name; empty where it is not known."`
	Critical bool   `doc:"Whether it is critical."`
	Value    string `doc:"What it says, of the common ones besides the names."`
}

// Severity says how bad a [Finding] is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // it is unusable
	SeverityWarning Severity = "warning" // a CA or a client may refuse it
	SeverityHint    Severity = "hint"    // to be known
)

// Finding is one thing that is wrong, or should be known.
type Finding struct {
	Severity Severity `doc:"error: it is unusable; warning: a CA or a client may refuse it; hint: to be known."`
	Code     string   `doc:"What it is, in one word that stays the same."`
	Field    string   `doc:"The part that it is about, as Subject.CN or AltNames.0."`
	Value    string   `doc:"What stands there."`
	Reason   string   `doc:"Why, with its source."`
	ReasonZh string   `doc:"The same in Chinese."`
}

// Worst returns the worst severity among the findings; "" where there is none.
func Worst(list []Inspected) Severity {
	worst := Severity("")
	order := []Severity{"", SeverityHint, SeverityWarning, SeverityError}
	for _, item := range list {
		for _, f := range item.Findings {
			if slices.Index(order, f.Severity) > slices.Index(order, worst) {
				worst = f.Severity
			}
		}
	}
	return worst
}

// find adds a finding.
func (i *Inspected) find(severity Severity, code, field, value string, reason Reason) {
	i.Findings = append(i.Findings, Finding{severity, code, field, excerpt(value), reason.En, reason.Zh})
}

func (i *Inspected) fail(code, field, value string, reason Reason) {
	i.find(SeverityError, code, field, value, reason)
}

func (i *Inspected) warn(code, field, value string, reason Reason) {
	i.find(SeverityWarning, code, field, value, reason)
}

func (i *Inspected) hint(code, field, value string, reason Reason) {
	i.find(SeverityHint, code, field, value, reason)
}
