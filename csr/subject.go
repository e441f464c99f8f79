package csr

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// Decision: the subject of a CSR is CN, O, L, ST, C, as in the published sample; Department as OU and Email only where
// the operator asks for them; the signature of a documented kind of key is by SHA-256; the domain is always the first subject
// alternative name.

// template returns the subject and names of checked details. The order of the
// subject, CN O L ST C, is that of the sample on the API page "DescribeCSR".
func (g *Generator) template(d *Details) (*x509.CertificateRequest, error) {
	cn, err := commonName(d.Domain)
	if err != nil {
		return nil, err
	}
	country, err := countryCode(d.Country)
	if err != nil {
		return nil, err
	}
	subject := pkix.RDNSequence{
		attribute(oidCommonName, asn1.TagUTF8String, cn),
		attribute(oidOrganization, asn1.TagUTF8String, d.Organization),
	}
	if g.SubjectOU {
		subject = append(subject, attribute(oidOrganizationalUnit, asn1.TagUTF8String, d.Department))
	}
	subject = append(subject,
		attribute(oidLocality, asn1.TagUTF8String, d.City),
		attribute(oidProvince, asn1.TagUTF8String, d.Province),
		attribute(oidCountry, asn1.TagPrintableString, country),
	)
	if g.SubjectEmail {
		email, err := emailAddress(d.Email)
		if err != nil {
			return nil, err
		}
		subject = append(subject, attribute(oidEmailAddress, asn1.TagIA5String, email))
	}
	rawSubject, err := asn1.Marshal(subject)
	if err != nil {
		return nil, fmt.Errorf("marshal the subject: %w", err)
	}
	var names altNames
	for _, name := range append([]string{d.Domain}, d.SubjectAltName...) {
		if err := names.add(name); err != nil {
			return nil, err
		}
	}
	return &x509.CertificateRequest{
		RawSubject:     rawSubject,
		DNSNames:       names.dns,
		IPAddresses:    names.ips,
		EmailAddresses: names.email,
	}, nil
}

// Attribute types of a subject (RFC 5280 appendix A.1; emailAddress RFC 2985).
var (
	oidCommonName         = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidCountry            = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidLocality           = asn1.ObjectIdentifier{2, 5, 4, 7}
	oidProvince           = asn1.ObjectIdentifier{2, 5, 4, 8}
	oidOrganization       = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOrganizationalUnit = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidEmailAddress       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
)

// attribute is an RDN of one attribute, its string type fixed: encoding/asn1
// would choose by content.
func attribute(oid asn1.ObjectIdentifier, tag int, value string) pkix.RelativeDistinguishedNameSET {
	return pkix.RelativeDistinguishedNameSET{{Type: oid, Value: asn1.RawValue{Tag: tag, Bytes: []byte(value)}}}
}
