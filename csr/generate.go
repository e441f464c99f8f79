package csr

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"runtime"
)

// Generator makes private keys and certificate signing requests. Its zero
// value makes any number at once; [NewGenerator] bounds them.
type Generator struct {
	// SubjectOU puts Department into the subject as OU. Public CAs refuse OU
	// (CA/Browser Forum ballot SC47).
	SubjectOU bool
	// SubjectEmail puts Email into the subject as emailAddress.
	SubjectEmail bool

	slots chan struct{}
}

// NewGenerator returns a Generator that leaves a processor free for other
// work, where there is more than one.
func NewGenerator() *Generator {
	return &Generator{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// Generate checks details in full, makes a key and the CSR it signs, and
// returns both as PEM: the CSR as PKCS#10 (RFC 2986), the key as PKCS#8,
// encrypted when there is a password. It fails with an [*InvalidError] on what
// a CSR cannot hold, and with the context's error while it waits for its turn.
func (g *Generator) Generate(ctx context.Context, d *Details, password Secret) (request string, key Plain, err error) {
	if err := d.Check(Generated, password); err != nil {
		return "", nil, err
	}
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
		case <-ctx.Done():
			return "", nil, fmt.Errorf("waiting to generate a key: %w", ctx.Err())
		}
	}
	algo, problem := findAlgorithm(d.EncryptAlgo, d.KeyParameter)
	if problem != nil {
		return "", nil, &InvalidError{[]Problem{*problem}}
	}
	template, err := g.template(d)
	if err != nil {
		return "", nil, err
	}
	template.SignatureAlgorithm = algo.signature
	signer, err := algo.newKey()
	if err != nil {
		return "", nil, fmt.Errorf("generate a key: %w", err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, signer)
	if err != nil {
		return "", nil, fmt.Errorf("sign the CSR: %w", err)
	}
	key, err = MarshalPrivateKey(signer, password)
	if err != nil {
		return "", nil, err
	}
	return string(encodePEM("CERTIFICATE REQUEST", der)), key, nil
}

// Decision: the subject of a CSR is CN, O, L, ST, C, as in the published sample; Department as OU and Email only where
// the operator asks for them; the signature is by SHA-256; the domain is always the first subject alternative name.

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
