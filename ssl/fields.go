package ssl

import "csrd/csr"

// subjectFields are the parameters that CreateCSR requires and ModifyCSR
// leaves as they are where they are absent.
type subjectFields struct {
	Domain       *string `doc:"Domain name: the subject's CN and the first subject alternative name. May begin with *. and may be an IDN."`
	Organization *string `doc:"Organization, the subject's O. At most 64 characters."`
	Department   *string `doc:"Department. At most 64 characters. Kept in the record; in the subject, as OU, only where the server is set to."`
	Email        *string `doc:"E-mail address. Kept in the record; in the subject only where the server is set to."`
	Province     *string `doc:"Province or state, the subject's ST. At most 128 characters."`
	City         *string `doc:"City, the subject's L. At most 128 characters."`
	Country      *string `doc:"Country code of ISO 3166-1, such as CN or US: the subject's C."`
	EncryptAlgo  *string `doc:"Kind of key: RSA or ECC. With extended algorithms also EdDSA or SM2."`
	KeyParameter *string `doc:"For RSA the bits, 2048 or 4096; for ECC the curve, prime256v1. With extended algorithms also 3072; secp384r1, secp521r1; ed25519 for EdDSA; sm2p256v1 for SM2."`
}

// optionalFields are the parameters that both actions leave optional.
type optionalFields struct {
	KeyPassword    *string  `api:"secret" doc:"Password of the private key: it is then returned as encrypted PKCS#8. At most 128 bytes."`
	Remark         *string  `doc:"Remarks, returned as Remarks. At most 1,000 characters."`
	SubjectAltName []string `doc:"More subject alternative names: domain names, IP addresses, e-mail addresses. At most 100."`
}

// applyTo sets what was given.
func (f *subjectFields) applyTo(d *csr.Details) {
	for _, field := range []struct {
		given *string
		into  *string
	}{
		{f.Domain, &d.Domain},
		{f.Organization, &d.Organization},
		{f.Department, &d.Department},
		{f.Email, &d.Email},
		{f.Province, &d.Province},
		{f.City, &d.City},
		{f.Country, &d.Country},
		{f.EncryptAlgo, &d.EncryptAlgo},
		{f.KeyParameter, &d.KeyParameter},
	} {
		if field.given != nil {
			*field.into = *field.given
		}
	}
}

// applyTo sets what was given, but for the password, which is no detail.
func (f *optionalFields) applyTo(d *csr.Details) {
	if f.Remark != nil {
		d.Remark = *f.Remark
	}
	if f.SubjectAltName != nil {
		d.SubjectAltName = f.SubjectAltName
	}
}
