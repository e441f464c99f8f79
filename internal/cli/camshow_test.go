package cli

import (
	"testing"
	"time"
)

func TestAgo(t *testing.T) {
	const day = 24 * time.Hour
	for past, want := range map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", time.Minute - 1: "just now", time.Minute: "1m ago", time.Hour - 1: "59m ago",
		time.Hour: "1h ago", 2*day - 1: "47h ago", 2 * day: "2d ago", 1000 * day: "1000d ago",
	} {
		if got := ago(past); got != want {
			t.Errorf("%v: %q, want %q", past, got, want)
		}
	}
}
