package csr

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"strings"

	"github.com/emmansun/gmsm/smx509"
)

const (
	// maxRSABits bounds what is computed with an RSA key of someone else.
	// crypto/tls draws the same line (CVE-2023-29409).
	maxRSABits = 8192
	// maxKeyDER is more than an RSA key of maxRSABits takes, sealed or plain.
	maxKeyDER = 8 << 10
)

// ParsePrivateKey reads the first private key in data, which is PEM, where
// other blocks are passed over, or DER. It takes PKCS#8 (RFC 5958), plain or
// encrypted by PBES2 (RFC 8018), PKCS#1 (RFC 8017) and SEC 1 (RFC 5915), with a
// key of RSA, ECDSA on a NIST curve, SM2 or Ed25519. A password that no
// encryption asks for is not looked at. It fails with a [*KeyError].
//
// Deriving the key of an encrypted one takes up to seconds and 64 MiB.
func ParsePrivateKey(data []byte, password Secret) (crypto.Signer, error) {
	if bytes.HasPrefix(data, []byte{asn1.TagSequence | 0x20}) {
		return parseKeyDER(data, password)
	}
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, keyError(ErrNoPrivateKey, "is not there: no PEM block of a private key was found", "不存在：没有找到私钥的 PEM 块")
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		defer clear(block.Bytes)
		switch {
		case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"): // RFC 1421, as OpenSSL 0.9 did
			return nil, unsupportedEncryption()
		case block.Type == "OPENSSH PRIVATE KEY":
			return nil, keyError(ErrKeyUnsupported,
				"is in OpenSSH's own format; convert a copy of it with: ssh-keygen -p -m PKCS8 -f copy.key",
				"为 OpenSSH 自有格式；请转换其副本：ssh-keygen -p -m PKCS8 -f copy.key")
		}
		return parseKeyDER(block.Bytes, password)
	}
}

// parseKeyDER tells the formats by the types of their first two fields:
//
//	PrivateKeyInfo           version INTEGER, algorithm SEQUENCE (RFC 5958)
//	EncryptedPrivateKeyInfo  algorithm SEQUENCE, data OCTET STRING (RFC 5958)
//	RSAPrivateKey            version INTEGER, modulus INTEGER (RFC 8017)
//	ECPrivateKey             version INTEGER, privateKey OCTET STRING (RFC 5915)
func parseKeyDER(der []byte, password Secret) (crypto.Signer, error) {
	if len(der) > maxKeyDER {
		return nil, keyError(ErrKeyUnsupported, "has %d bytes; at most %d are taken", "长度为 %d 字节，最多 %d 字节", len(der), maxKeyDER)
	}
	var head struct{ First, Second asn1.RawValue }
	if rest, err := asn1.Unmarshal(der, &head); err != nil || len(rest) > 0 {
		return nil, notAKey()
	}
	switch [2]int{head.First.Tag, head.Second.Tag} {
	case [2]int{asn1.TagInteger, asn1.TagSequence}:
		return parsePKCS8(der)
	case [2]int{asn1.TagSequence, asn1.TagOctetString}:
		plain, err := openPBES2(der, password)
		if err != nil {
			return nil, err
		}
		defer clear(plain)
		return parsePKCS8(plain)
	case [2]int{asn1.TagInteger, asn1.TagInteger}:
		return checked(x509.ParsePKCS1PrivateKey(der))
	case [2]int{asn1.TagInteger, asn1.TagOctetString}:
		return parseEC(der, nil)
	}
	return nil, notAKey()
}

// keyInfo is PrivateKeyInfo (RFC 5958 section 2) without its attributes.
type keyInfo struct {
	Version   int
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

// What a PrivateKeyInfo can hold (RFC 8017, RFC 5480, RFC 8410, GB/T 33560).
var (
	oidKeyRSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidKeyEC      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidKeyEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidKeySM2     = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}
	oidPKCS7Data  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
)

func parsePKCS8(der []byte) (crypto.Signer, error) {
	var outer struct {
		Version   int
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, notAKey()
	}
	if outer.Algorithm.Algorithm.Equal(oidPKCS7Data) { // PFX (RFC 7292)
		return nil, keyError(ErrKeyUnsupported, "is in a PKCS#12 file; take it out with: openssl pkcs12 -nocerts -in file.p12 -out key.pem",
			"在 PKCS#12 文件中；请取出：openssl pkcs12 -nocerts -in file.p12 -out key.pem")
	}
	var info keyInfo
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, notAKey()
	}
	defer clear(info.Key)
	switch algorithm := info.Algorithm.Algorithm; {
	case algorithm.Equal(oidKeyRSA), algorithm.Equal(oidKeyEd25519):
		return checked(x509.ParsePKCS8PrivateKey(der))
	case algorithm.Equal(oidKeyEC), algorithm.Equal(oidKeySM2):
		return parseEC(info.Key, &info.Algorithm.Parameters)
	default:
		return nil, keyError(ErrKeyUnsupported, "is of a kind that is not supported, %s; RSA, ECDSA, SM2 and Ed25519 are",
			"的类型 %s 不受支持；支持 RSA、ECDSA、SM2 和 Ed25519", algorithm)
	}
}

// Curves of ECDSA and SM2 keys (RFC 5480 section 2.1.1.1, GM/T 0006).
var (
	oidSM2P256    = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}
	oidNISTCurves = []asn1.ObjectIdentifier{{1, 3, 132, 0, 33}, {1, 2, 840, 10045, 3, 1, 7}, {1, 3, 132, 0, 34}, {1, 3, 132, 0, 35}}
)

// parseEC reads an ECPrivateKey; the curve is in outer, of the PKCS#8 around
// it, or in the key itself.
func parseEC(der []byte, outer *asn1.RawValue) (crypto.Signer, error) {
	var key struct {
		Version int
		Scalar  []byte
		Curve   asn1.RawValue `asn1:"optional"` // [0] EXPLICIT
	}
	if _, err := asn1.Unmarshal(der, &key); err != nil || key.Version != 1 {
		return nil, notAKey()
	}
	defer clear(key.Scalar)
	var curve asn1.RawValue
	if outer != nil {
		curve = *outer
	} else if _, err := asn1.Unmarshal(key.Curve.Bytes, &curve); err != nil {
		return nil, notAKey()
	}
	if curve.Tag == asn1.TagSequence {
		return nil, keyError(ErrKeyUnsupported, "spells its curve out; convert it with: openssl ec -param_enc named_curve -in old.pem -out new.pem",
			"使用显式曲线参数；请转换：openssl ec -param_enc named_curve -in old.pem -out new.pem")
	}
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(curve.FullBytes, &oid); err != nil {
		return nil, notAKey()
	}
	if len(bytes.Trim(key.Scalar, "\x00")) == 0 {
		return nil, notAKey()
	}
	// PKCS#8 may leave the curve out of the key inside: put it in.
	named, err := asn1.Marshal(struct {
		Version int
		Scalar  []byte
		Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	}{1, key.Scalar, oid})
	if err != nil {
		return nil, notAKey()
	}
	defer clear(named)
	if oid.Equal(oidSM2P256) {
		return checked(smx509.ParseSM2PrivateKey(named))
	}
	for _, known := range oidNISTCurves {
		if oid.Equal(known) {
			return checked(x509.ParseECPrivateKey(named))
		}
	}
	return nil, keyError(ErrKeyUnsupported, "is on a curve that is not supported, %s; P-224, P-256, P-384, P-521 and SM2 are",
		"的曲线 %s 不受支持；支持 P-224、P-256、P-384、P-521 和 SM2", oid)
}

// checked returns what a parser found, if that can sign and its public half is
// sound. The parsers see to it that the numbers of an RSA key belong together.
func checked(key any, err error) (crypto.Signer, error) {
	if err != nil {
		return nil, notAKey() // not err: it may quote what it read
	}
	if key, ok := key.(*rsa.PrivateKey); ok && key.N.BitLen() > maxRSABits {
		return nil, keyError(ErrKeyUnsupported, "has an RSA modulus of %d bits; at most %d are taken", "的 RSA 模长为 %d 位，最多 %d 位", key.N.BitLen(), maxRSABits)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, keyError(ErrKeyUnsupported, "cannot sign", "不能用于签名")
	}
	if _, err := SPKIHash(signer.Public()); err != nil {
		return nil, notAKey()
	}
	return signer, nil
}
