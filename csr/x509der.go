package csr

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// The structures of PKCS#10 (RFC 2986 section 4) and X.509 (RFC 5280 section
// 4.1), their names and extensions left as they are: the standard library reads
// a CSR as a whole or not at all, and to say what is wrong with one it has to be
// read in part.

type requestDER struct {
	Body          requestBodyDER
	SignatureAlgo pkix.AlgorithmIdentifier
	Signature     asn1.BitString
}

type requestBodyDER struct {
	Raw        asn1.RawContent
	Version    int
	Subject    asn1.RawValue
	PublicKey  publicKeyDER
	Attributes []asn1.RawValue `asn1:"optional,tag:0"`
}

type publicKeyDER struct {
	Raw       asn1.RawContent
	Algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	Key asn1.BitString
}

type certificateDER struct {
	Body          certificateBodyDER
	SignatureAlgo pkix.AlgorithmIdentifier
	Signature     asn1.BitString
}

type certificateBodyDER struct {
	Raw           asn1.RawContent
	Version       int `asn1:"optional,explicit,default:0,tag:0"`
	Serial        asn1.RawValue
	SignatureAlgo pkix.AlgorithmIdentifier
	Issuer        asn1.RawValue
	Validity      struct{ NotBefore, NotAfter time.Time }
	Subject       asn1.RawValue
	PublicKey     publicKeyDER
	IssuerID      asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID     asn1.BitString   `asn1:"optional,tag:2"`
	Extensions    []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

// parseName reads a distinguished name (RFC 5280 section 4.1.2.4).
func parseName(raw asn1.RawValue) ([]Attribute, error) {
	name := []Attribute{}
	if raw.Class != asn1.ClassUniversal || raw.Tag != asn1.TagSequence {
		return name, errNotDER
	}
	attributes, err := attributesOf(raw)
	for _, a := range attributes {
		value, kind, _ := textOf(a.Value)
		name = append(name, Attribute{oidName(attributeNames(), a.Type), kind, value})
	}
	return name, err
}

// attributeDER is an AttributeTypeAndValue (RFC 5280 section 4.1.2.4).
type attributeDER struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// attributesOf returns the attributes of a name in order, up to what is malformed.
func attributesOf(name asn1.RawValue) (all []attributeDER, err error) {
	for rest := name.Bytes; len(rest) > 0; {
		var set []attributeDER
		if rest, err = asn1.UnmarshalWithParams(rest, &set, "set"); err != nil {
			return all, errNotDER
		}
		all = append(all, set...)
	}
	return all, nil
}

var errNotDER = rule("is not as DER has it", "不符合 DER 编码")

// textOf returns the text of a string type of ASN.1, the name of the type, and
// whether the characters are those that the type may have. What is no string is
// # and its DER in hexadecimal (RFC 4514 section 2.4).
func textOf(raw asn1.RawValue) (text, kind string, sound bool) {
	b := raw.Bytes
	ascii := strings.IndexFunc(string(b), func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if raw.Class != asn1.ClassUniversal {
		return "#" + hex.EncodeToString(raw.FullBytes), "not a string", false
	}
	switch raw.Tag {
	case asn1.TagUTF8String:
		return strings.ToValidUTF8(string(b), "\uFFFD"), "UTF8String", utf8.Valid(b)
	case asn1.TagPrintableString:
		return latin1(b), "PrintableString", strings.IndexFunc(string(b), notPrintable) < 0
	case asn1.TagIA5String:
		return latin1(b), "IA5String", ascii
	case asn1.TagNumericString:
		return latin1(b), "NumericString", strings.Trim(string(b), "0123456789 ") == ""
	case 26:
		return latin1(b), "VisibleString", ascii
	case asn1.TagT61String: // what is in it is Latin-1 in practice
		return latin1(b), "TeletexString", true
	case asn1.TagBMPString:
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		}
		return string(utf16.Decode(units)), "BMPString", len(b)%2 == 0
	case 28:
		runes := make([]rune, len(b)/4)
		for i := range runes {
			runes[i] = rune(uint32(b[4*i])<<24 | uint32(b[4*i+1])<<16 | uint32(b[4*i+2])<<8 | uint32(b[4*i+3]))
		}
		return string(runes), "UniversalString", len(b)%4 == 0
	}
	return "#" + hex.EncodeToString(raw.FullBytes), "not a string", false
}

// notPrintable reports the characters that a PrintableString may not have (X.680).
func notPrintable(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(" '()+,-./:=?", r)
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// parseAltNames reads the extension subjectAltName (RFC 5280 section 4.2.1.6).
func parseAltNames(der []byte) ([]AltName, error) {
	names := []AltName{}
	var outer asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 || outer.Tag != asn1.TagSequence || outer.Class != asn1.ClassUniversal {
		return names, errNotDER
	}
	for rest := outer.Bytes; len(rest) > 0; {
		var name asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &name); err != nil || name.Class != asn1.ClassContextSpecific {
			return names, errNotDER
		}
		text, kind := latin1(name.Bytes), ""
		switch name.Tag {
		case 1:
			kind = "email"
		case 2:
			kind = "DNS"
		case 6:
			kind = "URI"
		case 7:
			kind, text = "IP", "#"+hex.EncodeToString(name.Bytes)
			if len(name.Bytes) == net.IPv4len || len(name.Bytes) == net.IPv6len {
				text = net.IP(name.Bytes).String()
			}
		case 4:
			kind, text = "DirName", dirName(name)
		case 8:
			kind, text = "RegisteredID", "#"+hex.EncodeToString(name.Bytes)
		default:
			kind, text = "OtherName", "#"+hex.EncodeToString(name.FullBytes)
		}
		names = append(names, AltName{kind, text})
	}
	return names, nil
}

func dirName(name asn1.RawValue) string {
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(name.Bytes, &inner); err == nil {
		if attributes, err := parseName(inner); err == nil {
			parts := make([]string, len(attributes))
			for i, a := range attributes {
				parts[i] = fmt.Sprintf("%s=%s", a.Name, a.Value)
			}
			return strings.Join(parts, ", ")
		}
	}
	return "#" + hex.EncodeToString(name.FullBytes)
}
