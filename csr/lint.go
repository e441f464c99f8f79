package csr

import (
	"crypto"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emmansun/gmsm/smx509"
)

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// publicDER is the structure of a public key, as it stands in a CSR.
func publicDER(public crypto.PublicKey) (*publicKeyDER, error) {
	der, err := smx509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var k publicKeyDER
	_, err = asn1.Unmarshal(der, &k)
	return &k, err
}

// lintRSA checks the numbers of an RSA key by the CA/Browser Forum's Baseline
// Requirements.
func (i *Inspected) lintRSA(k *publicKeyDER) {
	modulus, exponent, ok := rsaOf(k)
	if !ok {
		return // publicKey tells it
	}
	bits := modulus.BitLen()
	i.KeyParameter = fmt.Sprint(bits)
	switch {
	case bits < 2048:
		i.warn("rsa-small", "PublicKey", i.KeyParameter, rule("bits are too few for RSA: CAs ask for 2048 at least (CA/Browser Forum BR 6.1.5)", "位的 RSA 密钥太短：CA 要求至少 2048 位（CA/Browser Forum BR 6.1.5）"))
	case bits > maxRSABits:
		i.warn("rsa-large", "PublicKey", i.KeyParameter, rule("bits of RSA are more than most programs take, and are not computed with here", "位的 RSA 密钥超出多数程序的限制，此处不作计算"))
	case bits%8 != 0:
		i.warn("rsa-odd-size", "PublicKey", i.KeyParameter, rule("bits of RSA are no whole bytes (CA/Browser Forum BR 6.1.5)", "位的 RSA 密钥不是整字节（CA/Browser Forum BR 6.1.5）"))
	}
	shown := exponent.String()
	switch {
	case exponent.Sign() <= 0 || exponent.Bit(0) == 0 || exponent.IsInt64() && exponent.Int64() == 1:
		i.fail("rsa-exponent", "PublicKey", shown, rule("is no exponent of RSA: it is odd and at least 3 (CA/Browser Forum BR 6.1.6)", "不是有效的 RSA 指数：须为奇数且不小于 3（CA/Browser Forum BR 6.1.6）"))
	case exponent.IsInt64() && exponent.Int64() < 65537:
		i.warn("rsa-exponent", "PublicKey", shown, rule("is a small exponent of RSA: it should be 65537 at least (CA/Browser Forum BR 6.1.6)", "的 RSA 指数过小：应不小于 65537（CA/Browser Forum BR 6.1.6）"))
	case exponent.BitLen() > 256:
		i.warn("rsa-exponent", "PublicKey", shown, rule("is a large exponent of RSA: it should be below 2^256 (CA/Browser Forum BR 6.1.6)", "的 RSA 指数过大：应小于 2^256（CA/Browser Forum BR 6.1.6）"))
	}
}

// lintCurve tells of keys that public CAs do not take.
func (i *Inspected) lintCurve() {
	switch {
	case i.EncryptAlgo == nameECC && i.KeyParameter != "prime256v1" && i.KeyParameter != "secp384r1" && i.KeyParameter != "secp521r1":
		i.warn("curve", "PublicKey", i.KeyParameter, rule("is a curve that public CAs do not take: P-256, P-384 and P-521 are (CA/Browser Forum BR 6.1.5)", "曲线不被公共 CA 接受：接受 P-256、P-384 和 P-521（CA/Browser Forum BR 6.1.5）"))
	case i.EncryptAlgo == nameSM2 || i.EncryptAlgo == nameEdDSA:
		i.hint("curve", "PublicKey", i.EncryptAlgo, rule("is not among the keys that public CAs take by the CA/Browser Forum's rules (BR 6.1.5)", "不在 CA/Browser Forum 规则允许公共 CA 接受的密钥之列（BR 6.1.5）"))
	}
}

func (i *Inspected) lintSignatureAlgo(a signatureAlgo) {
	if a.weak != "" {
		code := strings.ToLower(strings.ReplaceAll(a.weak, "-", "")) + "-signature"
		source := "RFC 6194"
		if a.weak == "MD5" {
			source = "RFC 6151"
		}
		i.warn(code, "SignatureAlgo", a.name, rule("is a signature over %s, which is broken: sign with SHA-256 (%s; of certificates CA/Browser Forum BR 7.1.3.2)", "使用已被攻破的 %s 签名：请改用 SHA-256（%s；证书另见 CA/Browser Forum BR 7.1.3.2）", a.weak, source))
	}
}

// subjectBounds are upper bounds of RFC 5280 appendix A.1, in characters.
func subjectBounds() map[string]int {
	return map[string]int{
		"CN": maxCommonName, "O": maxOrganization, "OU": maxDepartment, "L": maxCity, "ST": maxProvince, "emailAddress": maxEmail, "serialNumber": 64, "title": 64,
	}
}

// lintSubject checks the attributes of a subject one by one.
func (i *Inspected) lintSubject(raw asn1.RawValue) {
	bounds := subjectBounds()
	for _, a := range i.Subject {
		field := "Subject." + a.Name
		if most, ok := bounds[a.Name]; ok && utf8.RuneCountInString(a.Value) > most {
			code := "too-long"
			if a.Name == "CN" {
				code = "cn-too-long"
			}
			i.warn(code, field, a.Value, rule("has %d characters, and may have %d (RFC 5280 appendix A.1)", "有 %d 个字符，最多 %d 个（RFC 5280 附录 A.1）", utf8.RuneCountInString(a.Value), most))
		}
		switch {
		case strings.TrimSpace(a.Value) == "":
			i.warn("empty", field, "", rule("is empty: leave it out", "为空：请省略"))
		case strings.ContainsFunc(a.Value, unicode.IsControl):
			i.warn("control-character", field, "", rule("has a control character", "含有控制字符"))
		}
		switch a.Type {
		case "TeletexString", "BMPString", "UniversalString":
			i.warn("string-type", field, a.Type, rule("is a string type of old: CAs write UTF8String or PrintableString (RFC 5280 section 4.1.2.4)", "是过时的字符串类型：CA 使用 UTF8String 或 PrintableString（RFC 5280 第 4.1.2.4 节）"))
		}
		switch a.Name {
		case "C":
			if _, err := countryCode(a.Value); err != nil || len(a.Value) != 2 {
				i.warn("country", field, a.Value, rule("is not a country code of ISO 3166-1 alpha-2, as CN or US (RFC 5280 appendix A.1)", "不是 ISO 3166-1 alpha-2 国家代码，如 CN 或 US（RFC 5280 附录 A.1）"))
			}
		case "OU":
			i.hint("ou", field, a.Value, rule("is no longer put into certificates by public CAs (CA/Browser Forum ballot SC47v2)", "公共 CA 已不再将其写入证书（CA/Browser Forum ballot SC47v2）"))
		case "emailAddress":
			i.hint("email-in-subject", field, a.Value, rule("belongs into the subject alternative names (RFC 5280 section 4.1.2.6)", "应放在主题备用名称中（RFC 5280 第 4.1.2.6 节）"))
		}
	}
	i.lintStringTypes(raw)
}

// lintStringTypes checks that the strings of a subject hold what their types may.
func (i *Inspected) lintStringTypes(raw asn1.RawValue) {
	attributes, _ := attributesOf(raw) // parseName tells what is malformed
	for n, a := range attributes[:min(len(attributes), len(i.Subject))] {
		if _, kind, sound := textOf(a.Value); !sound {
			i.warn("string-content", "Subject."+i.Subject[n].Name, i.Subject[n].Value, rule("has what a %s may not have (RFC 5280 section 4.1.2.4)", "含有 %s 不允许的内容（RFC 5280 第 4.1.2.4 节）", kind))
		}
	}
}
