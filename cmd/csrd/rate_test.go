package main

import "testing"

// The limit is that of the flag, or the one that the pages of the API have. A
// client that does not wait reaches it long before these many calls are done.
func TestCallsAboveTheRateLimitAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		args  []string
		least int // calls that pass, however fast they come
	}{
		{"one a second", []string{"--rate-limit", "1"}, 1},
		{"as documented", []string{"--rate-limit", "-1"}, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			s := serve(t, data, nil, test.args...)
			c := rootClient(t, s, data)
			for passed := range 10_000 {
				_, err := c.describe(1)
				if isAPIError(err, "RequestLimitExceeded") {
					if passed < test.least {
						t.Errorf("only %d calls passed", passed)
					}
					s.stop(t)
					return
				}
				if !isAPIError(err, "InvalidParameter.InvalidCSRId") {
					t.Fatal(err)
				}
			}
			t.Error("10,000 calls passed")
		})
	}
}
