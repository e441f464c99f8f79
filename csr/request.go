package csr

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/smx509"
)

// Request is a CSR that someone else made, read and verified.
type Request struct {
	// Details are what its subject and names say in the fields of a record:
	// Domain is the CN or else the first DNS name, SubjectAltName the other
	// names. What it does not say is empty.
	Details
	PEM    string // as csrd writes it, whatever it was read from
	SPKI   []byte // the [SPKIHash] of Public
	Public crypto.PublicKey
}

// ReadRequest reads one CSR in PEM, in DER or in base64 of DER, and verifies
// that its own key signed it (RFC 2986 section 4.2). Its key may be of any kind
// that [KeyName] has a name for. It fails with an [*InvalidError] that names
// CSR, or the field of the record that cannot hold what the CSR says.
func ReadRequest(content []byte) (*Request, error) {
	der, err := oneRequest(content)
	if err != nil {
		return nil, invalidRequest(err)
	}
	var parsed requestDER
	if rest, err := asn1.Unmarshal(der, &parsed); err != nil || len(rest) > 0 {
		return nil, invalidRequest(rule("is no CSR that can be read, or is damaged", "不是可读取的 CSR，或已损坏"))
	}
	r := &Request{PEM: string(encodePEM("CERTIFICATE REQUEST", der))}
	if r.Public, err = parsed.Body.PublicKey.publicKey(); err != nil {
		return nil, invalidRequest(err)
	}
	algo := findSignatureAlgo(parsed.SignatureAlgo)
	switch err := algo.verify(r.Public, parsed.Body.Raw, parsed.Signature); {
	case errors.Is(err, errBadSignature):
		reason := algo.badSignature()
		return nil, invalidRequest(Reason{"has a signature that " + reason.En, "的签名" + reason.Zh})
	case err != nil:
		return nil, invalidRequest(rule("has a signature that cannot be verified: %s with this key is not supported", "的签名无法验证：不支持此密钥的 %s", algo.name))
	}
	if _, err := smx509.ParseCertificateRequest(der); err != nil {
		return nil, invalidRequest(rule("is not as RFC 2986 has it: %s", "不符合 RFC 2986：%s", excerpt(err.Error())))
	}
	hash, err := SPKIHash(r.Public)
	if err != nil {
		return nil, err
	}
	r.SPKI = hash[:]
	r.EncryptAlgo, r.KeyParameter, _ = KeyName(r.Public)
	r.readNames(inspectRequest(&parsed, ""))
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// oneRequest returns the DER of the one CSR in content. Whatever else stands
// there is refused rather than passed over: it could be a private key.
func oneRequest(content []byte) ([]byte, error) {
	if len(content) > MaxInspect {
		return nil, rule("has %d bytes, and at most %d are taken", "有 %d 字节，最多 %d 字节", len(content), MaxInspect)
	}
	blocks, damaged := Blocks(content)
	switch {
	case damaged > 0:
		return nil, rule("has a PEM block that is damaged", "含有已损坏的 PEM 块")
	case len(blocks) == 0:
		return nil, rule("is neither PEM nor DER", "既不是 PEM 也不是 DER")
	case len(blocks) > 1:
		return nil, rule("must be one PEM block, and there are more", "须为单个 PEM 块，实际有多个")
	}
	switch blocks[0].Type {
	case "", "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return blocks[0].Bytes, nil
	}
	return nil, rule("must be a CERTIFICATE REQUEST, and the PEM block is a %s", "须为 CERTIFICATE REQUEST，而此 PEM 块为 %s", excerpt(blocks[0].Type))
}

func invalidRequest(reason error) error {
	return &InvalidError{[]Problem{{Field: "CSR", Reason: reasonOf(reason)}}}
}

// Decision: of an imported CSR, Domain is its CN or else its first DNS name, and of an attribute given several times the
// first counts; SubjectAltName has its other DNS names, IP addresses, e-mail addresses and URIs.

func (r *Request) readNames(i *Inspected) {
	fields := map[string]*string{
		"CN": &r.Domain, "O": &r.Organization, "OU": &r.Department, "emailAddress": &r.Email, "ST": &r.Province, "L": &r.City, "C": &r.Country,
	}
	for _, a := range i.Subject {
		if field := fields[a.Name]; field != nil && *field == "" {
			*field = a.Value
		}
	}
	for _, name := range i.AltNames {
		switch name.Type {
		case "DNS":
			if r.Domain == "" {
				r.Domain = name.Value
			}
			if DomainKey(name.Value) == DomainKey(r.Domain) {
				continue
			}
		case "IP", "email", "URI":
		default:
			continue // they stand in the CSR, and have no form as a text
		}
		r.SubjectAltName = append(r.SubjectAltName, name.Value)
	}
}

// check refuses what the fields of a record do not hold.
func (r *Request) check() error {
	var p problems
	for _, field := range r.subjectTexts() {
		p.checkText(field.name, field.value, field.most)
	}
	p.checkSANText(r.SubjectAltName)
	return p.err()
}

// CheckImport checks what is said of an imported CSR besides the CSR itself. It
// fails with an [*InvalidError].
func (d *Details) CheckImport(password Secret) error {
	var p problems
	p.checkText("Remark", d.Remark, maxRemark, '\n', '\r', '\t')
	p.checkTags(d.Tags)
	p.checkPassword(password)
	return p.err()
}

// ReadKey reads the private key of a CSR that someone else made, as
// [ParsePrivateKey] does, and returns it as a generated one is kept: PEM of
// PKCS#8, encrypted under the password where there is one. It fails with an
// [*InvalidError] that names PrivateKey or KeyPassword. It takes up to seconds:
// call it from [Generator.Bounded].
func (r *Request) ReadKey(content []byte, password Secret) (Plain, error) {
	if der, _ := Blocks(content); len(der) == 1 && der[0].Type == "" { // DER or base64 of it
		content = der[0].Bytes
		defer clear(content)
	}
	key, err := ParsePrivateKey(content, password)
	var unread *KeyError
	if errors.As(err, &unread) {
		field := "PrivateKey"
		if errors.Is(err, ErrKeyPasswordNeeded) || errors.Is(err, ErrKeyPasswordWrong) {
			field = "KeyPassword"
		}
		reason := unread.Reason
		switch unread.Kind {
		case ErrKeyPasswordNeeded:
			reason = rule("is needed: the private key is encrypted", "不能缺少：私钥已加密")
		case ErrKeyPasswordWrong:
			reason = rule("does not open the private key", "无法打开该私钥")
		}
		return nil, &InvalidError{[]Problem{{Field: field, Reason: reason}}}
	}
	if err != nil {
		return nil, err
	}
	if !SameKey(key.Public(), r.Public) {
		return nil, &InvalidError{[]Problem{{Field: "PrivateKey", Reason: rule(
			"is not that of the CSR: its public key has SHA-256 %s, and the CSR's %s", "与 CSR 不匹配：其公钥的 SHA-256 为 %s，CSR 的为 %s", shownHash(key.Public()), shownHash(r.Public))}}}
	}
	return MarshalPrivateKey(key, password)
}

// shownHash is the SPKIHash of a public key in hexadecimal.
func shownHash(public crypto.PublicKey) string {
	hash, err := SPKIHash(public)
	if err != nil {
		return "?"
	}
	return fmt.Sprintf("%x", hash)
}

// RequestSPKI returns the SPKIHash of the key of a CSR in PEM.
func RequestSPKI(request string) ([]byte, error) {
	block, _ := pem.Decode([]byte(request))
	if block == nil {
		return nil, errors.New("the CSR is no PEM")
	}
	var parsed requestDER
	if _, err := asn1.Unmarshal(block.Bytes, &parsed); err != nil {
		return nil, fmt.Errorf("parse the CSR: %w", err)
	}
	public, err := parsed.Body.PublicKey.publicKey()
	if err != nil {
		return nil, fmt.Errorf("the CSR %w", err)
	}
	hash, err := SPKIHash(public)
	return bytes.Clone(hash[:]), err
}
