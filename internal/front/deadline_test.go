package front

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestARequestsContextEndsAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		ctx, end := withDeadline(t.Context(), started.Add(time.Minute))
		defer end()
		if at, ok := ctx.Deadline(); !ok || !at.Equal(started.Add(time.Minute)) {
			t.Errorf("its deadline is %v, %v", at, ok)
		}
		if err := ctx.Err(); err != nil {
			t.Errorf("it begins with error %v", err)
		}
		<-ctx.Done()
		if took := time.Since(started); took != time.Minute || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("it ended after %v with error %v", took, ctx.Err())
		}
	})
}

func TestARequestsContextEndsWithWhatItBelongsTo(t *testing.T) {
	const far = 24 * time.Hour
	for name, stop := range map[string]func(parent, own func()){
		"the request": func(_, own func()) { own() },
		"its parent":  func(parent, _ func()) { parent() },
	} {
		for _, waited := range []bool{false, true} {
			parent, cancel := context.WithCancel(t.Context())
			ctx, end := withDeadline(parent, time.Now().Add(far))
			if waited {
				ctx.Done()
			}
			stop(cancel, end)
			<-ctx.Done()
			if !errors.Is(ctx.Err(), context.Canceled) {
				t.Errorf("%s ended, waited for before: %v: the error is %v", name, waited, ctx.Err())
			}
			end()
			cancel()
		}
	}
}

func TestAnEarlierDeadlineOfTheParentHolds(t *testing.T) {
	parent, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	ctx, end := withDeadline(parent, time.Unix(2, 0))
	defer end()
	if at, _ := ctx.Deadline(); !at.Equal(time.Unix(1, 0)) || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("the deadline is %v with error %v", at, ctx.Err())
	}
}

// What is to run at the end of a request waits without a goroutine of its own.
func TestToWaitForARequestsEndStartsNoGoroutine(t *testing.T) {
	ctx, end := withDeadline(t.Context(), time.Now().Add(time.Hour))
	defer end()
	type key struct{}
	ctx = context.WithValue(ctx, key{}, "kept")
	before := runtime.NumGoroutine()
	stops := []func() bool{}
	for range 100 {
		stops = append(stops, context.AfterFunc(ctx, func() {}))
	}
	if n := runtime.NumGoroutine() - before; n >= 100 {
		t.Errorf("%d goroutines wait", n)
	}
	for _, stop := range stops {
		if !stop() {
			t.Error("it ran before the end")
		}
	}
	if ctx.Value(key{}) != "kept" {
		t.Error("a value is lost")
	}
}
