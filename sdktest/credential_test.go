package sdktest

import (
	"crypto/rand"
	"testing"
)

// wrongAccessKey signs with access keys that are not those of an account.
func wrongAccessKey(t *testing.T, dial dialer) {
	right := server.credential
	for _, c := range []struct {
		name string
		key  credential
		code string
	}{
		{"SecretKey", credential{secretID: right.secretID, secretKey: right.secretKey + "x"}, "AuthFailure.SignatureFailure"},
		{"SecretId", credential{secretID: "AKID" + rand.Text(), secretKey: right.secretKey}, "AuthFailure.SecretIdNotFound"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantError(t, dial(t, c.key), c.code, "DescribeCSRSet", map[string]any{"Limit": 1})
		})
	}
}
