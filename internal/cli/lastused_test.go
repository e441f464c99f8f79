package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// useWriter counts how often it is asked, and fails while it is full.
type useWriter struct {
	asked atomic.Int64
	full  atomic.Bool
}

func (w *useWriter) WriteLastUsed(ctx context.Context) error {
	w.asked.Add(1)
	if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
		return errors.New("the context has no deadline, or is over")
	}
	if w.full.Load() {
		return errors.New("the disk is full")
	}
	return nil
}

func TestLastUsesAreWrittenEachMinuteAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		w := &useWriter{}
		writing := startWritingUse(w, slog.New(slog.NewTextHandler(&log, nil)))
		want := func(asked int64, warned int) {
			t.Helper()
			synctest.Wait()
			if got := strings.Count(log.String(), "it is tried again"); w.asked.Load() != asked || got != warned {
				t.Errorf("written %d times, warned %d times; want %d and %d:\n%s", w.asked.Load(), got, asked, warned, log.String())
			}
		}
		want(0, 0)
		time.Sleep(writeUseEvery) // the test's own clock
		want(1, 0)
		w.full.Store(true)
		time.Sleep(3 * writeUseEvery)
		want(4, 1) // and warned of once
		w.full.Store(false)
		time.Sleep(writeUseEvery)
		want(5, 1)
		w.full.Store(true)
		time.Sleep(writeUseEvery)
		want(6, 2)
		writing.stop()
		want(7, 2)
	})
}
