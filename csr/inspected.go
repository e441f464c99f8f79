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
	Kind              string      `doc:"CSR, Certificate, PrivateKey, PublicKey or Unknown." zh:"CSR、Certificate、PrivateKey、PublicKey 或 Unknown。"`
	Label             string      `doc:"Label of its PEM block; empty for DER." zh:"PEM 块的标签；DER 则为空。"`
	Subject           []Attribute `doc:"Attributes of the subject, in order." zh:"主题的各属性，按原顺序。"`
	Issuer            []Attribute `doc:"Attributes of a certificate's issuer, in order." zh:"证书颁发者的各属性，按原顺序。"`
	Serial            string      `doc:"Serial number of a certificate, in hexadecimal." zh:"证书的序列号，十六进制。"`
	NotBefore         string      `doc:"Begin of a certificate's validity, as in 2026-11-24T00:00:00Z." zh:"证书有效期的开始，如 2026-11-24T00:00:00Z。"`
	NotAfter          string      `doc:"End of a certificate's validity." zh:"证书有效期的结束。"`
	CA                bool        `doc:"Whether its basic constraints say, or ask, that it is a CA's." zh:"基本约束是否声明或请求作为 CA。"`
	EncryptAlgo       string      `doc:"Kind of key: RSA, ECC, EdDSA, SM2, or the name of another." zh:"密钥类型：RSA、ECC、EdDSA、SM2，或其他类型的名称。"`
	KeyParameter      string      `doc:"Bits of an RSA key, or curve of another." zh:"RSA 密钥的位数，或其他密钥的曲线。"`
	SPKISHA256        string      `doc:"SHA-256 of the SubjectPublicKeyInfo, in hexadecimal; empty for an encrypted key that was not opened." zh:"SubjectPublicKeyInfo 的 SHA-256，十六进制；未打开的加密私钥则为空。"`
	AltNames          []AltName   `doc:"Subject alternative names, in order." zh:"主题备用名称，按原顺序。"`
	Extensions        []Extension `doc:"Extensions of a certificate, or those that a CSR asks for." zh:"证书的扩展，或 CSR 所请求的扩展。"`
	SignatureAlgo     string      `doc:"Algorithm of the signature, as SHA256-RSA." zh:"签名算法，如 SHA256-RSA。"`
	Signature         string      `doc:"valid, invalid or unchecked: whether the signature is that of the key in it. A certificate that another key signed is unchecked." zh:"valid、invalid 或 unchecked：签名是否由其中的密钥所作。由其他密钥签名的证书为 unchecked。"`
	ChallengePassword bool        `doc:"Whether a CSR has a challengePassword. It is not shown." zh:"CSR 是否含有 challengePassword。其值不显示。"`
	Encryption        string      `doc:"How a private key is encrypted; empty where it is not." zh:"私钥的加密方式；未加密则为空。"`
	Findings          []Finding   `doc:"What is wrong with it, or should be known." zh:"存在的问题，或应当知晓之处。"`
}

// Attribute is one attribute of a distinguished name.
type Attribute struct {
	Name  string `doc:"Short name, as CN, or the OID." zh:"简称，如 CN，或 OID。"`
	Type  string `doc:"String type in ASN.1, as UTF8String." zh:"ASN.1 字符串类型，如 UTF8String。"`
	Value string `doc:"Value; # and hexadecimal for what is no text." zh:"值；非文本时为 # 加十六进制。"`
}

// AltName is one subject alternative name.
type AltName struct {
	Type  string `doc:"DNS, IP, email, URI, DirName, RegisteredID or OtherName." zh:"DNS、IP、email、URI、DirName、RegisteredID 或 OtherName。"`
	Value string `doc:"The name as it stands there; # and hexadecimal for what is no text." zh:"名称原文；非文本时为 # 加十六进制。"`
}

// Extension is one extension of X.509.
type Extension struct {
	OID      string `doc:"Its OID." zh:"其 OID。"`
	Name     string `doc:"Its name; empty where it is not known." zh:"其名称；未知则为空。"`
	Critical bool   `doc:"Whether it is critical." zh:"是否为关键扩展。"`
	Value    string `doc:"What it says, of the common ones besides the names." zh:"其内容（备用名称以外的常见扩展）。"`
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
	Severity Severity `doc:"error: it is unusable; warning: a CA or a client may refuse it; hint: to be known." zh:"error：不可用；warning：CA 或客户端可能拒绝；hint：供知晓。"`
	Code     string   `doc:"What it is, in one word that stays the same." zh:"问题的代号，固定不变。"`
	Field    string   `doc:"The part that it is about, as Subject.CN or AltNames.0." zh:"所涉部分，如 Subject.CN 或 AltNames.0。"`
	Value    string   `doc:"What stands there." zh:"该处的内容。"`
	Reason   string   `doc:"Why, with its source." zh:"原因及其出处。"`
	ReasonZh string   `doc:"The same in Chinese." zh:"同上，中文。"`
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
