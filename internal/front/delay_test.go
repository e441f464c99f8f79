package front_test

import (
	"testing"
	"testing/synctest"
	"time"

	"csrd/internal/front"
)

// Whoever guesses is told late; whoever is right is not.
func TestOneRefusalTooManyIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(func(settings *front.Settings) {
			settings.FailuresPerSecond, settings.RefusalDelay = 2, time.Second
		})
		forged := []change{set("Content-Type", "application/json; x=y")}
		for i, test := range []struct {
			after []change
			code  string
			took  time.Duration
		}{
			{forged, "AuthFailure.SignatureFailure", 0},
			{forged, "AuthFailure.SignatureFailure", 0},
			{forged, "RequestLimitExceeded", time.Second},
			{nil, "", 0},
			{forged, "RequestLimitExceeded", time.Second},
		} {
			started := time.Now()
			got := readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, test.after)))
			code := ""
			if got.Error != nil {
				code = got.Error.Code
			}
			if took := time.Since(started); code != test.code || took != test.took {
				t.Errorf("request %d: %q after %v, want %q after %v", i, code, took, test.code, test.took)
			}
		}
	})
}
