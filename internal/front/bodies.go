package front

import (
	"context"
	"net/http"
	"time"

	"csrd/action"

	"golang.org/x/sync/semaphore"
)

// A body is read before its sender is known, so the memory of all bodies at
// once is bounded. Small ones, as ordinary calls have, need no place.
const (
	smallBody      = 64 << 10
	maxBodies      = 6 * MaxBody // bytes of the large ones
	waitForAPlace  = 10 * time.Second
	unknownContent = MaxBody // the place of a body without Content-Length
)

type bodies struct{ places *semaphore.Weighted }

func newBodies() *bodies { return &bodies{semaphore.NewWeighted(maxBodies)} }

// acquire waits for the place that a request's body needs.
func (b *bodies) acquire(r *http.Request) (release func(), err error) {
	size := r.ContentLength
	switch {
	case size < 0:
		size = unknownContent
	case size <= smallBody:
		return func() {}, nil
	}
	size = min(size, MaxBody) // the rest is not read
	release = func() { b.places.Release(size) }
	if b.places.TryAcquire(size) { // also for a client that has closed its side of the connection
		return release, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), waitForAPlace)
	defer cancel()
	if err := b.places.Acquire(ctx, size); err != nil {
		return nil, action.Fail(action.CodeServiceUnavailable, action.Text{
			En: "The server is busy with other large requests. Please try again later.",
			Zh: "服务器正忙于处理其他大请求，请稍后重试。",
		}).Because(err)
	}
	return release, nil
}
