package sqlstore_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// However a reader's caller goes away, the connection it used serves the next.
func TestReadersSurviveCallersThatGoAway(t *testing.T) {
	s := serve(t, t.TempDir())
	defer closed(t, s)
	for range 5000 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(40))*time.Microsecond)
		_ = s.Ping(ctx) // it may come through or not
		cancel()
	}
	for range 100 {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatalf("a reader is lost: %v", err)
		}
	}
}
