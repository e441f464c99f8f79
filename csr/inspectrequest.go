package csr

import (
	"bytes"
	"cmp"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The attributes of a CSR that are looked into (RFC 2985 section 5.4; the last
// is Microsoft's name for the extension request).
const (
	oidChallengePassword = "1.2.840.113549.1.9.7"
	oidExtensionRequest  = "1.2.840.113549.1.9.14"
	oidMSExtensions      = "1.3.6.1.4.1.311.2.1.14"
)

func inspectRequest(r *requestDER, label string) *Inspected {
	i := newInspected(KindRequest, label)
	i.inspectSubject(r.Body.Subject)
	i.inspectPublicKey(&r.Body.PublicKey)
	for _, raw := range r.Body.Attributes {
		i.inspectRequestAttribute(raw)
	}
	i.inspectSignature(r.SignatureAlgo, &r.Body.PublicKey, r.Body.Raw, r.Signature)
	if r.Body.Version != 0 {
		i.warn("version", "Version", fmt.Sprint(r.Body.Version), rule("must be 0 (RFC 2986 section 4.1)", "须为 0（RFC 2986 第 4.1 节）"))
	}
	i.lintNames()
	return i
}

func (i *Inspected) inspectRequestAttribute(raw asn1.RawValue) {
	var attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	if rest, err := asn1.Unmarshal(raw.FullBytes, &attribute); err != nil || len(rest) > 0 || attribute.Values.Tag != asn1.TagSet {
		i.fail("malformed", "Attributes", "", reasonOf(errNotDER))
		return
	}
	switch attribute.Type.String() {
	case oidChallengePassword:
		i.ChallengePassword = true
		i.hint("challenge-password", "ChallengePassword", "", rule("is in the CSR in the clear, for whoever sees it; few CAs use it (RFC 2985 section 5.4.1)", "以明文存于 CSR 中，任何人都能看到；很少有 CA 使用（RFC 2985 第 5.4.1 节）"))
	case oidExtensionRequest, oidMSExtensions:
		var extensions []pkix.Extension
		if _, err := asn1.Unmarshal(attribute.Values.Bytes, &extensions); err != nil {
			i.fail("malformed", "Extensions", "", reasonOf(errNotDER))
			return
		}
		i.inspectExtensions(extensions)
	}
}

func inspectCertificate(c *certificateDER, label string, now time.Time) *Inspected {
	i := newInspected(KindCertificate, label)
	i.inspectSubject(c.Body.Subject)
	issuer, err := parseName(c.Body.Issuer)
	i.Issuer = issuer
	if err != nil {
		i.fail("malformed", "Issuer", "", reasonOf(err))
	}
	i.Serial = fmt.Sprintf("%x", c.Body.Serial.Bytes)
	if digits := strings.TrimPrefix(i.Serial, "00"); digits != "" { // of the sign
		i.Serial = digits
	}
	i.NotBefore, i.NotAfter = c.Body.Validity.NotBefore.UTC().Format(time.RFC3339), c.Body.Validity.NotAfter.UTC().Format(time.RFC3339)
	switch {
	case now.After(c.Body.Validity.NotAfter):
		i.warn("expired", "NotAfter", i.NotAfter, rule("is past", "已过期"))
	case now.Before(c.Body.Validity.NotBefore):
		i.warn("not-yet-valid", "NotBefore", i.NotBefore, rule("is still to come", "尚未到来"))
	}
	i.inspectPublicKey(&c.Body.PublicKey)
	i.inspectExtensions(c.Body.Extensions)
	if bytes.Equal(c.Body.Subject.FullBytes, c.Body.Issuer.FullBytes) && !namesAnotherKey(c.Body.Extensions) {
		i.inspectSignature(c.SignatureAlgo, &c.Body.PublicKey, c.Body.Raw, c.Signature)
	} else {
		i.SignatureAlgo, i.Signature = findSignatureAlgo(c.SignatureAlgo).name, SignatureUnchecked
		i.lintSignatureAlgo(findSignatureAlgo(c.SignatureAlgo))
	}
	if !i.CA {
		i.lintNames()
	}
	return i
}

// namesAnotherKey reports that the key identifiers of a certificate say that
// another key signed it, as when a CA certifies its new key with its old one:
// it is self-issued then, but not self-signed (RFC 5280 section 3.2).
func namesAnotherKey(extensions []pkix.Extension) bool {
	var subject []byte
	var authority struct {
		KeyID []byte `asn1:"optional,tag:0"`
	}
	for _, e := range extensions {
		switch extensionNames()[e.Id.String()] {
		case "subjectKeyIdentifier":
			_, _ = asn1.Unmarshal(e.Value, &subject) // what is malformed names no key
		case "authorityKeyIdentifier":
			_, _ = asn1.Unmarshal(e.Value, &authority)
		}
	}
	return len(subject) > 0 && len(authority.KeyID) > 0 && !bytes.Equal(subject, authority.KeyID)
}

func (i *Inspected) inspectSubject(raw asn1.RawValue) {
	subject, err := parseName(raw)
	i.Subject = subject
	if err != nil {
		i.fail("malformed", "Subject", "", reasonOf(err))
	}
	i.lintSubject(raw)
}

// inspectExtensions reads the extensions that are looked into (RFC 5280 section 4.2.1).
func (i *Inspected) inspectExtensions(extensions []pkix.Extension) {
	for _, e := range extensions {
		name := extensionNames()[e.Id.String()]
		seen := Extension{OID: e.Id.String(), Name: name, Critical: e.Critical}
		if slices.ContainsFunc(i.Extensions, func(before Extension) bool { return before.OID == seen.OID }) {
			i.fail("duplicate-extension", "Extensions."+cmp.Or(name, seen.OID), "", rule("is there more than once (RFC 5280 section 4.2)", "重复出现（RFC 5280 第 4.2 节）"))
		}
		var err error
		switch name {
		case "subjectAltName":
			var names []AltName
			names, err = parseAltNames(e.Value)
			i.AltNames = append(i.AltNames, names...)
		case "basicConstraints":
			seen.Value, err = i.readBasicConstraints(e.Value)
		case "keyUsage":
			seen.Value, err = readKeyUsage(e.Value)
		case "extKeyUsage":
			seen.Value, err = readExtKeyUsage(e.Value)
		}
		i.Extensions = append(i.Extensions, seen)
		if err != nil {
			i.fail("malformed", "Extensions."+name, "", reasonOf(errNotDER))
		}
	}
}

func (i *Inspected) readBasicConstraints(der []byte) (string, error) {
	var value struct {
		CA     bool `asn1:"optional"`
		MaxLen int  `asn1:"optional,default:-1"`
	}
	if _, err := asn1.Unmarshal(der, &value); err != nil {
		return "", err
	}
	i.CA = value.CA
	text := "CA: no"
	if value.CA {
		text = "CA: yes"
	}
	if value.MaxLen >= 0 {
		text += fmt.Sprintf(", path length %d", value.MaxLen)
	}
	return text, nil
}

func readKeyUsage(der []byte) (string, error) {
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(der, &bits); err != nil {
		return "", err
	}
	var names []string
	for n, name := range []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if bits.At(n) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", "), nil
}

func readExtKeyUsage(der []byte) (string, error) {
	var oids []asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(der, &oids); err != nil {
		return "", err
	}
	var names []string
	for _, oid := range oids {
		names = append(names, oidName(usageNames(), oid))
	}
	return strings.Join(names, ", "), nil
}
