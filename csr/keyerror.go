package csr

import "errors"

// What [ParsePrivateKey] fails for: each of its errors is a [*KeyError] and,
// for errors.Is, one of these.
var (
	ErrNoPrivateKey      = errors.New("not a private key")
	ErrKeyPasswordNeeded = errors.New("the private key needs its password")
	ErrKeyPasswordWrong  = errors.New("the password does not open the private key")
	ErrKeyTooCostly      = errors.New("the private key costs too much to open")
	ErrKeyUnsupported    = errors.New("unsupported private key")
)

// KeyError says why a private key cannot be read. It holds nothing of the key.
type KeyError struct {
	Kind   error  // one of the errors above
	Reason Reason // to be read behind "the private key"
}

// Error returns the English text.
func (e *KeyError) Error() string { return "the private key " + e.Reason.En }

// Unwrap returns the Kind.
func (e *KeyError) Unwrap() error { return e.Kind }

func keyError(kind error, en, zh string, args ...any) error {
	return &KeyError{kind, rule(en, zh, args...)}
}

// notAKey is what comes back for what no rule of a format covers.
func notAKey() error {
	return keyError(ErrNoPrivateKey, "is not in PEM or DER, or is damaged", "不是 PEM 或 DER 格式，或已损坏")
}

// convert is what turns every encrypted key that openssl reads into one that
// csrd reads.
const convert = "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in old.pem -out new.pem"

func unsupportedEncryption() error {
	return keyError(ErrKeyUnsupported,
		"is encrypted in a way that is not supported; convert it with: %s (DES and RC2 need -provider legacy -provider default besides)",
		"的加密方式不受支持；请转换：%s（DES 和 RC2 还需 -provider legacy -provider default）", convert)
}
