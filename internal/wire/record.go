package wire

import (
	"time"

	"csrd/csr"
)

// Record begins the record of a CSR in every response.
type Record struct {
	Id           int64  `doc:"Id of the CSR."`
	OwnerUin     string `doc:"Uin of the account that owns it."`
	Domain       string `doc:"Domain name, as it was sent."`
	Organization string `doc:"Organization."`
	Department   string `doc:"Department."`
	Email        string `doc:"E-mail address."`
	Province     string `doc:"Province or state."`
	City         string `doc:"City."`
	Country      string `doc:"Country, as it was sent."`
	EncryptAlgo  string `doc:"Kind of key, as RSA or ECC."`
	KeyParameter string `doc:"Bits of an RSA key, or curve of another."`
	Remarks      string `doc:"Remarks."`
	Status       int64  `doc:"0: a draft; 1: generated or imported."`
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

// Time is a time as the API writes it, in a zone that it does not name.
func Time(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04:05") }

// OrNull returns nil, null on the wire, for the empty text.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
