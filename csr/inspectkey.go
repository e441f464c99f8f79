package csr

import (
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/emmansun/gmsm/pkcs"
)

// inspectPublicKey says what a public key is, as far as it can be read.
func (i *Inspected) inspectPublicKey(k *publicKeyDER) {
	i.EncryptAlgo = oidName(keyNames(), k.Algorithm.Algorithm)
	switch i.EncryptAlgo {
	case nameRSA:
		i.lintRSA(k)
	case nameECC:
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(k.Algorithm.Parameters.FullBytes, &curve); err == nil {
			i.KeyParameter = oidName(curveNames(), curve)
		}
	}
	public, err := k.publicKey()
	if err != nil {
		i.warn("key-unsupported", "PublicKey", "", reasonOf(err))
		// The hash of what stands there: any other program that knows the kind has the same.
		i.SPKISHA256 = hexSHA256(k.Raw)
		return
	}
	i.namePublicKey(public)
}

func (i *Inspected) namePublicKey(public crypto.PublicKey) {
	i.EncryptAlgo, i.KeyParameter, _ = KeyName(public)
	if hash, err := SPKIHash(public); err == nil {
		i.SPKISHA256 = hex.EncodeToString(hash[:])
	}
	i.lintCurve()
}

// inspectSignature verifies a signature by the key in it.
func (i *Inspected) inspectSignature(id pkix.AlgorithmIdentifier, k *publicKeyDER, signed []byte, signature asn1.BitString) {
	algo := findSignatureAlgo(id)
	i.SignatureAlgo, i.Signature = algo.name, SignatureUnchecked
	i.lintSignatureAlgo(algo)
	err := errUnchecked
	if public, unread := k.publicKey(); unread == nil {
		err = algo.verify(public, signed, signature)
	}
	switch {
	case err == nil:
		i.Signature = SignatureValid
	case errors.Is(err, errBadSignature):
		i.Signature = SignatureInvalid
		i.fail("bad-signature", "Signature", algo.name, algo.badSignature())
	default:
		i.warn("signature-unchecked", "Signature", algo.name, rule("cannot be checked: its algorithm, or that of the key, is not supported", "无法验证：其算法或密钥算法不受支持"))
	}
}

// inspectPrivateKey describes a private key, encrypted or not; nil where the
// block is none.
func inspectPrivateKey(b *pem.Block, password Secret) *Inspected {
	isLabelled := strings.HasSuffix(b.Type, "PRIVATE KEY")
	if b.Type != "" && !isLabelled {
		return nil
	}
	i := newInspected(KindPrivateKey, b.Type)
	i.inspectEncryption(b)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: b.Headers, Bytes: b.Bytes})
	if b.Type == "OPENSSH PRIVATE KEY" {
		text = pem.EncodeToMemory(b)
	}
	defer clear(text)
	key, err := ParsePrivateKey(text, password)
	var failure *KeyError
	switch {
	case err == nil:
		i.namePublicKey(key.Public())
		if public, err := publicDER(key.Public()); err == nil && i.EncryptAlgo == nameRSA {
			i.lintRSA(public)
		}
	case errors.Is(err, ErrNoPrivateKey) && b.Type == "":
		return nil
	case errors.Is(err, ErrKeyPasswordNeeded):
		i.hint("key-encrypted", "PrivateKey", "", rule("is encrypted: with its password its public half is shown", "已加密：给出密码后可显示其公钥"))
	case errors.As(err, &failure):
		severity, code := SeverityError, "not-parsed"
		switch failure.Kind {
		case ErrKeyPasswordWrong:
			code = "wrong-password"
		case ErrKeyTooCostly:
			severity, code = SeverityWarning, "key-too-costly"
		case ErrKeyUnsupported:
			severity, code = SeverityWarning, "key-unsupported"
		}
		i.find(severity, code, "PrivateKey", "", failure.Reason)
	}
	if i.Encryption == "" && err == nil {
		i.hint("key-in-clear", "PrivateKey", "", rule("is not encrypted: whoever reads the file has the key", "未加密：能读取该文件者即拥有此密钥"))
	}
	return i
}

// inspectEncryption says how a private key is encrypted (RFC 8018 section 6.2,
// and RFC 1421 as OpenSSL 0.9 wrote it).
func (i *Inspected) inspectEncryption(b *pem.Block) {
	if strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED") {
		cipher, _, _ := strings.Cut(b.Headers["DEK-Info"], ",")
		i.Encryption = "OpenSSL's old PEM encryption, " + cipher
		i.warn("weak-derivation", "Encryption", cipher, rule("derives its key with one round of MD5; convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000", "以一轮 MD5 派生密钥；请用 openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 转换"))
		return
	}
	var outer struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if _, err := asn1.Unmarshal(b.Bytes, &outer); err != nil {
		return
	}
	var params pkcs.PBES2Params
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &params); err != nil || !outer.Algorithm.Algorithm.Equal(oidPBES2) {
		i.Encryption = oidName(encryptionNames(), outer.Algorithm.Algorithm)
		return
	}
	derivation := params.KeyDerivationFunc
	i.Encryption = "PBES2, " + oidName(encryptionNames(), derivation.Algorithm)
	switch {
	case derivation.Algorithm.Equal(oidPBKDF2):
		var d struct {
			Salt   []byte
			Rounds int64
			Length int                      `asn1:"optional"`
			PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(derivation.Parameters.FullBytes, &d); err != nil {
			break
		}
		prf := "HMAC-SHA1" // the default (RFC 8018 appendix A.2)
		if len(d.PRF.Algorithm) > 0 {
			prf = oidName(encryptionNames(), d.PRF.Algorithm)
		}
		i.Encryption += fmt.Sprintf(" of %d rounds with %s", d.Rounds, prf)
		if least := leastRounds(prf); d.Rounds < least {
			i.hint("few-rounds", "Encryption", fmt.Sprint(d.Rounds), rule("rounds of PBKDF2 with %s are fewer than %d: a weak password is found sooner (OWASP Password Storage Cheat Sheet)", "轮 PBKDF2（%s），少于 %d：弱密码更易被破解（OWASP Password Storage Cheat Sheet）", prf, least))
		}
	case derivation.Algorithm.Equal(oidScrypt):
		var d struct {
			Salt    []byte
			N, R, P int64
			Length  int `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(derivation.Parameters.FullBytes, &d); err == nil {
			i.Encryption += fmt.Sprintf(" of N=%d r=%d p=%d", d.N, d.R, d.P)
		}
	}
	i.Encryption += ", " + oidName(encryptionNames(), params.EncryptionScheme.Algorithm)
}

// leastRounds are those of PBKDF2 that the OWASP Password Storage Cheat Sheet
// asks for; of a function that it does not name, those of HMAC-SHA256.
func leastRounds(prf string) int64 {
	switch prf {
	case "HMAC-SHA1":
		return 1_300_000
	case "HMAC-SHA512":
		return 210_000
	}
	return keyRounds
}

// encryptionNames are what PBES1 and PBES2 are made of (RFC 8018, RFC 7914,
// RFC 5084, RFC 7292 appendix C, GM/T 0091).
func encryptionNames() map[string]string {
	return map[string]string{
		"1.2.840.113549.1.5.12": "PBKDF2", "1.3.6.1.4.1.11591.4.11": "scrypt", "1.2.840.113549.1.5.13": "PBES2",
		"1.2.840.113549.1.5.3": "PBES1, MD5 and DES", "1.2.840.113549.1.5.10": "PBES1, SHA-1 and DES", "1.2.840.113549.1.12.1.3": "PKCS#12 PBE, SHA-1 and 3DES",
		"1.2.840.113549.2.7": "HMAC-SHA1", "1.2.840.113549.2.8": "HMAC-SHA224", "1.2.840.113549.2.9": "HMAC-SHA256",
		"1.2.840.113549.2.10": "HMAC-SHA384", "1.2.840.113549.2.11": "HMAC-SHA512", "1.2.156.10197.1.401.2": "HMAC-SM3",
		"2.16.840.1.101.3.4.1.2": "AES-128-CBC", "2.16.840.1.101.3.4.1.22": "AES-192-CBC", "2.16.840.1.101.3.4.1.42": "AES-256-CBC",
		"2.16.840.1.101.3.4.1.6": "AES-128-GCM", "2.16.840.1.101.3.4.1.26": "AES-192-GCM", "2.16.840.1.101.3.4.1.46": "AES-256-GCM",
		"1.2.840.113549.3.7": "3DES-CBC", "1.3.14.3.2.7": "DES-CBC", "1.2.156.10197.1.104.2": "SM4-CBC", "1.2.156.10197.1.104.8": "SM4-GCM",
	}
}

// rsaOf reads the numbers of an RSA public key (RFC 8017 appendix A.1.1) of any size.
func rsaOf(k *publicKeyDER) (modulus, exponent *big.Int, ok bool) {
	var numbers struct{ N, E *big.Int }
	rest, err := asn1.Unmarshal(k.Key.RightAlign(), &numbers)
	return numbers.N, numbers.E, err == nil && len(rest) == 0 && numbers.N.Sign() > 0
}
