package wire

import (
	"time"

	"csrd/csr"
)

// Record begins the record of a CSR in every response.
type Record struct {
	Id           int64  `doc:"Id of the CSR." zh:"CSR 的 ID。"`
	OwnerUin     string `doc:"Uin of the account that owns it." zh:"所属账号的 Uin。"`
	Domain       string `doc:"Domain name, as it was sent." zh:"域名，与提交时一致。"`
	Organization string `doc:"Organization." zh:"组织。"`
	Department   string `doc:"Department." zh:"部门。"`
	Email        string `doc:"E-mail address." zh:"电子邮箱。"`
	Province     string `doc:"Province or state." zh:"省或州。"`
	City         string `doc:"City." zh:"城市。"`
	Country      string `doc:"Country, as it was sent." zh:"国家，与提交时一致。"`
	EncryptAlgo  string `doc:"Kind of key, as RSA or ECC." zh:"密钥类型，如 RSA 或 ECC。"`
	KeyParameter string `doc:"Bits of an RSA key, or curve of another." zh:"RSA 密钥的位数，或其他密钥的曲线。"`
	Remarks      string `doc:"Remarks." zh:"备注。"`
	Status       int64  `doc:"0: a draft; 1: generated or imported." zh:"0：草稿；1：已生成或已导入。"`
}

// RecordOf is a record as the API shows it.
func RecordOf(r *csr.Record) Record {
	return Record{
		Id:           r.ID,
		OwnerUin:     r.Owner.String(),
		Domain:       r.Domain,
		Organization: r.Organization,
		Department:   r.Department,
		Email:        r.Email,
		Province:     r.Province,
		City:         r.City,
		Country:      r.Country,
		EncryptAlgo:  r.EncryptAlgo,
		KeyParameter: r.KeyParameter,
		Remarks:      r.Remark,
		Status:       int64(r.Status),
	}
}

// Decision: CreateTime is in the time zone of Asia/Shanghai, unless the operator sets another.

// TimeLayout is the form of times: their zone is not named.
const TimeLayout = "2006-01-02 15:04:05"

// Time is a time as the API writes it, in a zone that it does not name.
func Time(t time.Time, zone *time.Location) string { return t.In(zone).Format(TimeLayout) }

// OrNull returns nil, null on the wire, for the empty text.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
