package sdktest

import (
	"net"
	"slices"
	"testing"
)

// draftToCSR takes drafts all the way to their CSR, after which nothing
// changes them.
func draftToCSR(t *testing.T, s sdk) {
	for _, key := range []struct{ encryptAlgo, keyParameter string }{
		{"RSA", "2048"},
		{"ECC", "prime256v1"},
	} {
		t.Run(key.encryptAlgo, func(t *testing.T) {
			d := sampleDetails(uniqueDomain()).withKey("RSA", "4096")
			id := create(t, s, false, d, map[string]any{"KeyPassword": "draft's password"})
			draft := describe(t, s, id, d, statusDraft)
			if draft.CSR != nil || draft.PrivateKey != nil {
				t.Error("a draft has a CSR or a PrivateKey")
			}
			if draft.KeyPassword == nil || *draft.KeyPassword != "draft's password" {
				t.Error("KeyPassword does not come back as it was sent")
			}

			d = d.withKey(key.encryptAlgo, key.keyParameter)
			d.City, d.Remarks = "Guangzhou", ""
			names := altNames{dns: []string{d.Domain}}
			changes := map[string]any{
				"EncryptAlgo": d.EncryptAlgo, "KeyParameter": d.KeyParameter, "City": d.City,
				"Remark": "", "KeyPassword": "", // empty removes them
			}
			var sent []string
			if s.knowsSubjectAltName() {
				sent = []string{"*." + d.Domain, "192.0.2.7", "admin@example.com"}
				changes["SubjectAltName"] = sent
				names = altNames{dns: []string{d.Domain, "*." + d.Domain}, ips: []net.IP{{192, 0, 2, 7}}, emails: []string{"admin@example.com"}}
			}
			modify(t, s, id, false, changes)
			draft = describe(t, s, id, d, statusDraft)
			if draft.CSR != nil || draft.PrivateKey != nil || draft.KeyPassword != nil {
				t.Error("a modified draft has a CSR, a PrivateKey or the password that was removed")
			}

			modify(t, s, id, true, nil)
			generated := describe(t, s, id, d, statusGenerated)
			if generated.CreateTime != draft.CreateTime {
				t.Errorf("CreateTime went from %s to %s", draft.CreateTime, generated.CreateTime)
			}
			if !slices.Equal(generated.SubjectAltName, sent) {
				t.Errorf("SubjectAltName %q, want %q", generated.SubjectAltName, sent)
			}
			checkCSR(t, generated, d.Domain, names)

			wantError(t, s, "FailedOperation", "ModifyCSR", map[string]any{"CSRId": id, "Generate": false, "City": "Foshan"})
			wantError(t, s, "FailedOperation", "ModifyCSR", map[string]any{"CSRId": id, "Generate": true})
			fixed := describe(t, s, id, d, statusGenerated)
			if fixed.CSR == nil || *fixed.CSR != *generated.CSR || fixed.PrivateKey == nil || *fixed.PrivateKey != *generated.PrivateKey {
				t.Error("a modification that was refused changed the CSR or its key")
			}
		})
	}
}
