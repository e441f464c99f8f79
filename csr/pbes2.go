package csr

import (
	"crypto/aes"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/emmansun/gmsm/pkcs"
)

// Decision: a key's password is derived with at most 5,000,000 rounds of PBKDF2, or 64 MiB and 16 lanes of scrypt.

// What opening a key may cost is bounded before anything is derived, because
// whoever made the key chose its cost (CVE-2022-36083 and its like).
const (
	// maxPBKDF2Rounds is some four times the most that the OWASP Password
	// Storage Cheat Sheet (2023) asks of any hash, 1,300,000 of HMAC-SHA1.
	maxPBKDF2Rounds = 5_000_000
	// maxScryptMemory in bytes, 128*N*r (RFC 7914), is twice what OpenSSL opens
	// by itself (EVP_PBE_scrypt(3)).
	maxScryptMemory = 64 << 20
	// maxScryptLanes bounds p, whose lanes are computed one after another.
	maxScryptLanes = 16
)

// Key derivation and encryption of PBES2 (RFC 8018, RFC 7914, RFC 5084, GM/T 0091).
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// scheme is a cipher of PBES2.
type scheme struct {
	oid     asn1.ObjectIdentifier
	keySize int
	block   int // size of a block and of the IV for CBC, 0 for GCM
}

func schemes() []scheme {
	return []scheme{
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, 16},  // aes128-CBC
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, 16}, // aes192-CBC
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, 16}, // aes256-CBC
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 6}, 16, 0},   // aes128-GCM
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 26}, 24, 0},  // aes192-GCM
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 46}, 32, 0},  // aes256-GCM
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, 8},          // des-EDE3-CBC
		{asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 104, 2}, 16, 16},     // sm4-CBC
		{asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 104, 8}, 16, 0},      // sm4-GCM, as OpenSSL numbers it
	}
}

// keyRounds is the count of PBKDF2 with HMAC-SHA256 over a KeyPassword
// (OWASP Password Storage Cheat Sheet, 2023).
const keyRounds = 600_000

// encryptedKey is EncryptedPrivateKeyInfo (RFC 5958 section 3).
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// encryptPBES2 encrypts a PrivateKeyInfo under a password with so many rounds
// of PBKDF2 and AES-256-CBC.
func encryptPBES2(der []byte, password Secret, rounds int) ([]byte, error) {
	plain := make([]byte, len(der), len(der)+aes.BlockSize) // room for the padding, so that it makes no copy
	copy(plain, der)
	defer func() { clear(plain[:cap(plain)]) }()
	secret := []byte(password)
	defer clear(secret)
	encrypter := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, rounds))
	algorithm, data, err := encrypter.Encrypt(rand.Reader, secret, plain)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{*algorithm, data})
}

// openPBES2 returns the PrivateKeyInfo in an encrypted key; the caller
// overwrites it.
func openPBES2(der []byte, password Secret) (Plain, error) {
	var outer encryptedKey
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, notAKey()
	}
	if !outer.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unsupportedEncryption()
	}
	var params pkcs.PBES2Params
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, notAKey()
	}
	cipher, err := checkScheme(params.EncryptionScheme, outer.Data)
	if err != nil {
		return nil, err
	}
	if err := checkCost(params.KeyDerivationFunc, cipher.keySize); err != nil {
		return nil, err
	}
	if password == "" {
		return nil, keyError(ErrKeyPasswordNeeded, "is encrypted: its password is needed", "已加密：需要其密码")
	}
	secret := []byte(password)
	defer clear(secret)
	plain, _, err := params.Decrypt(secret, outer.Data)
	if err == pkcs.ErrPBEDecryption || err == nil && !isKeyInfo(plain) {
		clear(plain)
		return nil, keyError(ErrKeyPasswordWrong, "does not open with this password", "无法用此密码打开")
	}
	if err != nil {
		return nil, unsupportedEncryption()
	}
	return plain, nil
}

// isKeyInfo tells a key from what a wrong password yields where its padding
// looks right, as happens once in 256 times.
func isKeyInfo(plain []byte) bool {
	var info keyInfo
	rest, err := asn1.Unmarshal(plain, &info)
	clear(info.Key)
	return err == nil && len(rest) == 0
}

// checkScheme refuses a cipher that is not listed, and sizes that a cipher of
// the standard library would panic on.
func checkScheme(encryption pkix.AlgorithmIdentifier, data []byte) (scheme, error) {
	for _, s := range schemes() {
		if !s.oid.Equal(encryption.Algorithm) {
			continue
		}
		if s.block > 0 {
			var iv []byte
			if _, err := asn1.Unmarshal(encryption.Parameters.FullBytes, &iv); err != nil || len(iv) != s.block ||
				len(data) == 0 || len(data)%s.block != 0 {
				return scheme{}, notAKey()
			}
		}
		return s, nil
	}
	return scheme{}, unsupportedEncryption()
}

// checkCost refuses a key derivation that is not supported or too dear.
func checkCost(derivation pkix.AlgorithmIdentifier, keySize int) error {
	length := 0
	switch {
	case derivation.Algorithm.Equal(oidPBKDF2):
		var params struct { // RFC 8018 appendix A.2
			Salt   []byte
			Rounds int64
			Length int                      `asn1:"optional"`
			PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(derivation.Parameters.FullBytes, &params); err != nil || params.Rounds < 1 {
			return notAKey()
		}
		if params.Rounds > maxPBKDF2Rounds {
			return keyError(ErrKeyTooCostly, "is encrypted with %d rounds of PBKDF2, and at most %d are taken; convert it with: %s",
				"使用 %d 轮 PBKDF2 加密，最多 %d 轮；请转换：%s", params.Rounds, maxPBKDF2Rounds, convert)
		}
		length = params.Length
	case derivation.Algorithm.Equal(oidScrypt):
		var params struct { // RFC 7914 section 7
			Salt    []byte
			N, R, P int64
			Length  int `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(derivation.Parameters.FullBytes, &params); err != nil || params.N < 2 || params.R < 1 || params.P < 1 {
			return notAKey()
		}
		if params.R > maxScryptMemory/128 || params.N > maxScryptMemory/128/params.R || params.P > maxScryptLanes {
			return keyError(ErrKeyTooCostly, "is encrypted with scrypt of N=%d r=%d p=%d, which takes more than %d MiB or 16 lanes; convert it with: %s",
				"使用 scrypt（N=%d r=%d p=%d）加密，超过 %d MiB 或 16 路；请转换：%s", params.N, params.R, params.P, maxScryptMemory>>20, convert)
		}
		length = params.Length
	default:
		return unsupportedEncryption()
	}
	if length != 0 && length != keySize {
		return notAKey()
	}
	return nil
}
