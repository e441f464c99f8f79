package csr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// signatureAlgo is a way in which CSRs and certificates are signed.
type signatureAlgo struct {
	name string
	x509 x509.SignatureAlgorithm
	weak string // the hash that no one should trust any longer
}

var (
	oidSignaturePSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidSHA256       = "2.16.840.1.101.3.4.2.1"
)

// findSignatureAlgo finds a signature algorithm by its identifier (RFC 3279
// section 2.2, RFC 4055, RFC 5758, RFC 8410, GM/T 0006). Of what it does not
// know, the name is the OID; of what cannot be verified here, x509 is 0.
func findSignatureAlgo(id pkix.AlgorithmIdentifier) signatureAlgo {
	known := map[string]signatureAlgo{
		"1.2.840.113549.1.1.4":   {"MD5-RSA", x509.MD5WithRSA, "MD5"},
		"1.2.840.113549.1.1.5":   {"SHA1-RSA", x509.SHA1WithRSA, "SHA-1"},
		"1.3.14.3.2.29":          {"SHA1-RSA", x509.SHA1WithRSA, "SHA-1"},
		"1.2.840.113549.1.1.14":  {"SHA224-RSA", 0, ""},
		"1.2.840.113549.1.1.11":  {"SHA256-RSA", x509.SHA256WithRSA, ""},
		"1.2.840.113549.1.1.12":  {"SHA384-RSA", x509.SHA384WithRSA, ""},
		"1.2.840.113549.1.1.13":  {"SHA512-RSA", x509.SHA512WithRSA, ""},
		"1.2.840.10045.4.1":      {"ECDSA-SHA1", x509.ECDSAWithSHA1, "SHA-1"},
		"1.2.840.10045.4.3.1":    {"ECDSA-SHA224", 0, ""},
		"1.2.840.10045.4.3.2":    {"ECDSA-SHA256", x509.ECDSAWithSHA256, ""},
		"1.2.840.10045.4.3.3":    {"ECDSA-SHA384", x509.ECDSAWithSHA384, ""},
		"1.2.840.10045.4.3.4":    {"ECDSA-SHA512", x509.ECDSAWithSHA512, ""},
		"1.2.840.10040.4.3":      {"DSA-SHA1", 0, "SHA-1"},
		"2.16.840.1.101.3.4.3.2": {"DSA-SHA256", 0, ""},
		"1.3.101.112":            {"Ed25519", x509.PureEd25519, ""},
		"1.2.156.10197.1.501":    {"SM2-SM3", smx509.SM2WithSM3, ""},
	}
	if id.Algorithm.Equal(oidSignaturePSS) {
		var params struct {
			Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0,optional"`
			Rest []asn1.RawValue          `asn1:"optional"`
		}
		_, _ = asn1.Unmarshal(id.Parameters.FullBytes, &params) // without a hash it is that of SHA-1
		switch params.Hash.Algorithm.String() {
		case oidSHA256:
			return signatureAlgo{"SHA256-RSAPSS", x509.SHA256WithRSAPSS, ""}
		case "2.16.840.1.101.3.4.2.2":
			return signatureAlgo{"SHA384-RSAPSS", x509.SHA384WithRSAPSS, ""}
		case "2.16.840.1.101.3.4.2.3":
			return signatureAlgo{"SHA512-RSAPSS", x509.SHA512WithRSAPSS, ""}
		}
		return signatureAlgo{"SHA1-RSAPSS", 0, "SHA-1"}
	}
	if algo, ok := known[id.Algorithm.String()]; ok {
		return algo
	}
	return signatureAlgo{name: id.Algorithm.String()}
}

// minRSABits is what crypto/rsa computes with at least.
const minRSABits = 1024

var (
	errUnchecked     = errors.New("the signature cannot be checked")
	errBadSignature  = errors.New("the signature is not that of the key")
	errExplicitCurve = rule("spells its curve out instead of naming it (RFC 5480 section 2.1.1 forbids that)", "使用显式曲线参数，而不是命名曲线（RFC 5480 第 2.1.1 节禁止）")
)

// verify checks a signature over signed. It fails with errBadSignature, or with
// errUnchecked where it cannot tell.
func (a signatureAlgo) verify(public crypto.PublicKey, signed []byte, signature asn1.BitString) error {
	bits := signature.RightAlign()
	switch public := public.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return errUnchecked
		}
		if a.x509 == x509.MD5WithRSA { // the standard library refuses to look
			sum := md5.Sum(signed)
			if rsa.VerifyPKCS1v15(public, crypto.MD5, sum[:], bits) != nil {
				return errBadSignature
			}
			return nil
		}
	case *ecdsa.PublicKey:
		if (public.Curve == sm2.P256()) != (a.x509 == smx509.SM2WithSM3) {
			return errUnchecked
		}
	case ed25519.PublicKey:
	default:
		return errUnchecked
	}
	if a.x509 == x509.UnknownSignatureAlgorithm {
		return errUnchecked
	}
	if (&smx509.Certificate{PublicKey: public}).CheckSignature(a.x509, signed, bits) != nil {
		return errBadSignature
	}
	return nil
}

// badSignature says what is wrong where verify fails with errBadSignature.
func (a signatureAlgo) badSignature() Reason {
	if a.x509 == smx509.SM2WithSM3 { // openssl signs with an empty ID unless it is told
		return rule("is not that of the key in it: it was changed after it was signed, or is damaged, or was signed with another ID than 1234567812345678 (openssl req needs -sigopt distid:1234567812345678)",
			"与其中的密钥不符：签名后被修改，或已损坏，或签名时使用的 ID 不是 1234567812345678（openssl req 须加 -sigopt distid:1234567812345678）")
	}
	return rule("is not that of the key in it: it was changed after it was signed, or is damaged (RFC 2986 section 4.2)", "与其中的密钥不符：签名后被修改，或已损坏（RFC 2986 第 4.2 节）")
}

// publicKey reads a public key of RSA, ECDSA on a NIST curve, SM2 or Ed25519.
func (k *publicKeyDER) publicKey() (crypto.PublicKey, error) {
	if k.Algorithm.Algorithm.Equal(oidKeyEC) && k.Algorithm.Parameters.Tag == asn1.TagSequence {
		return nil, errExplicitCurve // computing on someone else's curve is not safe
	}
	public, err := smx509.ParsePKIXPublicKey(k.Raw)
	if err != nil {
		return nil, rule("holds a public key that cannot be read", "含有无法读取的公钥")
	}
	if _, _, ok := KeyName(public); !ok {
		return nil, rule("holds a public key of a kind that is not supported", "含有不受支持类型的公钥")
	}
	return public, nil
}
