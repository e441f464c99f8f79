package front

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"csrd/action"
)

func TestLargeBodiesHaveSoManyPlaces(t *testing.T) {
	b := newBodies()
	request := func(ctx context.Context, length int64) *http.Request {
		return (&http.Request{ContentLength: length}).WithContext(ctx)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var releases []func()
	for _, length := range []int64{MaxBody, -1, 1 << 40, MaxBody, MaxBody, MaxBody} {
		release, err := b.acquire(request(t.Context(), length))
		if err != nil {
			t.Fatalf("length %d: %v", length, err)
		}
		releases = append(releases, release)
	}
	_, err := b.acquire(request(gone, MaxBody))
	var wire *action.Error
	if !errors.As(err, &wire) || wire.Code != action.CodeServiceUnavailable {
		t.Errorf("one more: %v, want %s", err, action.CodeServiceUnavailable)
	}
	release, err := b.acquire(request(gone, smallBody))
	if err != nil {
		t.Fatalf("a small one waits for the large ones: %v", err)
	}
	release()
	releases[1]()
	if _, err := b.acquire(request(t.Context(), MaxBody)); err != nil {
		t.Errorf("a place that was given back is not free: %v", err)
	}
}
