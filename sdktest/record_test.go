package sdktest

import (
	"crypto/rand"
	"maps"
	"strings"
	"testing"
	"time"
)

// details is what is said of a CSR, but that requests have Remark for Remarks.
type details struct {
	Domain, Organization, Department, Email string
	Province, City, Country                 string
	EncryptAlgo, KeyParameter               string
	Remarks                                 string
}

// sampleDetails returns details that can be generated.
func sampleDetails(domain string) details {
	return details{
		Domain: domain, Organization: "Example Ltd", Department: "IT", Email: "admin@example.com",
		Province: "Guangdong", City: "Shenzhen", Country: "CN",
		EncryptAlgo: "RSA", KeyParameter: "2048",
		Remarks: "made by sdktest",
	}
}

func (d details) withKey(encryptAlgo, keyParameter string) details {
	d.EncryptAlgo, d.KeyParameter = encryptAlgo, keyParameter
	return d
}

// parameters returns the details as those of a request.
func (d details) parameters() map[string]any {
	return map[string]any{
		"Domain": d.Domain, "Organization": d.Organization, "Department": d.Department, "Email": d.Email,
		"Province": d.Province, "City": d.City, "Country": d.Country,
		"EncryptAlgo": d.EncryptAlgo, "KeyParameter": d.KeyParameter,
		"Remark": d.Remarks,
	}
}

// item is a CSR in a list.
type item struct {
	Id       int64
	OwnerUin string
	details
	Status     int64
	CreateTime string
}

// record is a CSR in full.
type record struct {
	item
	KeyPassword     *string
	CSR, PrivateKey *string
	SubjectAltName  []string
}

// States of a CSR.
const (
	statusDraft     = 0
	statusGenerated = 1
)

// uniqueDomain returns a domain that no other CSR of the account has.
func uniqueDomain() string { return strings.ToLower(rand.Text()) + ".example.com" }

// with returns parameters and more of them; either may be nil.
func with(parameters, more map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, parameters)
	maps.Copy(all, more)
	return all
}

// create creates a CSR that goes with the test.
func create(t *testing.T, s sdk, generate bool, d details, more map[string]any) int64 {
	t.Helper()
	parameters := with(d.parameters(), more)
	parameters["Generate"] = generate
	id := mustCall[struct{ Id int64 }](t, s, "CreateCSR", parameters).Id
	if id <= 0 || id > maxExactInteger {
		t.Fatalf("CreateCSR: Id %d is not one that every client reads exactly", id)
	}
	t.Cleanup(func() { remove(t, s, id) })
	return id
}

// maxExactInteger is the greatest integer up to which JavaScript has them all.
const maxExactInteger = 1<<53 - 1

// remove deletes CSRs and returns the ids of those that were there.
func remove(t *testing.T, s sdk, ids ...int64) []int64 {
	t.Helper()
	response := mustCall[struct{ Success []int64 }](t, s, "BatchDeleteCSR", map[string]any{"CSRIds": ids})
	if response.Success == nil {
		t.Error("BatchDeleteCSR: Success is null, want a list")
	}
	return response.Success
}

// modify modifies a CSR, and checks that it is told which.
func modify(t *testing.T, s sdk, id int64, generate bool, changes map[string]any) {
	t.Helper()
	parameters := with(changes, map[string]any{"CSRId": id, "Generate": generate})
	if got := mustCall[struct{ Id int64 }](t, s, "ModifyCSR", parameters).Id; got != id {
		t.Errorf("ModifyCSR of %d: Id %d", id, got)
	}
}

// describe returns a CSR, checked to have an id, details and a status.
func describe(t *testing.T, s sdk, id int64, d details, status int64) record {
	t.Helper()
	r := mustCall[record](t, s, "DescribeCSR", map[string]any{"CSRId": id})
	checkItem(t, "DescribeCSR", r.item, id, d, status)
	return r
}

func checkItem(t *testing.T, action string, got item, id int64, d details, status int64) {
	t.Helper()
	if got.Id != id || got.Status != status {
		t.Errorf("%s: Id %d and Status %d, want %d and %d", action, got.Id, got.Status, id, status)
	}
	if got.details != d {
		t.Errorf("%s of %d:\n got %+v\nwant %+v", action, id, got.details, d)
	}
	if got.OwnerUin == "" || server.uin != "" && got.OwnerUin != server.uin {
		t.Errorf("%s of %d: OwnerUin %q, want %q", action, id, got.OwnerUin, server.uin)
	}
	if _, err := time.Parse("2006-01-02 15:04:05", got.CreateTime); err != nil {
		t.Errorf("%s of %d: CreateTime: %v", action, id, err)
	}
}
