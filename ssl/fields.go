package ssl

import "csrd/csr"

// subjectFields are the parameters that CreateCSR requires and ModifyCSR
// leaves as they are where they are absent.
type subjectFields struct {
	Domain       *string `doc:"Domain name: the subject's CN and the first subject alternative name. May begin with *. and may be an IDN." zh:"域名：作为主题的 CN 和第一个主题备用名称。可以 *. 开头，也可为国际化域名。"`
	Organization *string `doc:"Organization, the subject's O. At most 64 characters." zh:"组织，即主题的 O。最多 64 个字符。"`
	Department   *string `doc:"Department. At most 64 characters. Kept in the record; in the subject, as OU, only where the server is set to." zh:"部门。最多 64 个字符。保存在记录中；仅当服务器如此设置时，作为 OU 写入主题。"`
	Email        *string `doc:"E-mail address. Kept in the record; in the subject only where the server is set to." zh:"电子邮箱。保存在记录中；仅当服务器如此设置时写入主题。"`
	Province     *string `doc:"Province or state, the subject's ST. At most 128 characters." zh:"省或州，即主题的 ST。最多 128 个字符。"`
	City         *string `doc:"City, the subject's L. At most 128 characters." zh:"城市，即主题的 L。最多 128 个字符。"`
	Country      *string `eg:"CN|US" doc:"Country code of ISO 3166-1, such as CN or US: the subject's C." zh:"ISO 3166-1 国家代码，如 CN 或 US：即主题的 C。"`
	EncryptAlgo  *string `eg:"RSA|ECC|EdDSA|SM2" doc:"Kind of key: RSA or ECC. With extended algorithms also EdDSA or SM2." zh:"密钥类型：RSA 或 ECC。启用扩展算法时还可为 EdDSA 或 SM2。"`
	KeyParameter *string `eg:"2048|4096|prime256v1|3072|secp384r1|secp521r1|ed25519|sm2p256v1" doc:"For RSA the bits, 2048 or 4096; for ECC the curve, prime256v1. With extended algorithms also 3072; secp384r1, secp521r1; ed25519 for EdDSA; sm2p256v1 for SM2." zh:"RSA 为位数 2048 或 4096；ECC 为曲线 prime256v1。启用扩展算法时还可为 3072；secp384r1、secp521r1；EdDSA 为 ed25519；SM2 为 sm2p256v1。"`
}

// optionalFields are the parameters that both actions leave optional.
type optionalFields struct {
	KeyPassword    *string  `api:"secret" doc:"Password of the private key: it is then returned as encrypted PKCS#8. At most 128 bytes." zh:"私钥密码：设置后私钥以加密的 PKCS#8 返回。最多 128 字节。"`
	Remark         *string  `doc:"Remarks, returned as Remarks. At most 1,000 characters." zh:"备注，返回时名为 Remarks。最多 1,000 个字符。"`
	SubjectAltName []string `doc:"More subject alternative names: domain names, IP addresses, e-mail addresses. At most 100." zh:"更多主题备用名称：域名、IP 地址、电子邮箱。最多 100 个。"`
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
