package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// useWriter counts how often it is asked, and fails with its error.
type useWriter struct {
	asked int
	err   error
}

func (w *useWriter) WriteLastUsed(ctx context.Context) error {
	w.asked++
	if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
		return errors.New("the context has no deadline, or is over")
	}
	return w.err
}

func TestLastUsesAreWrittenEachMinuteAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		w := &useWriter{}
		writing := startWritingUse(w, slog.New(slog.NewTextHandler(&log, nil)))
		want := func(asked, warned int) {
			t.Helper()
			synctest.Wait()
			if got := strings.Count(log.String(), "it is tried again"); w.asked != asked || got != warned {
				t.Errorf("written %d times, warned %d times; want %d and %d:\n%s", w.asked, got, asked, warned, log.String())
			}
		}
		want(0, 0)
		time.Sleep(writeUseEvery) // the test's own clock
		want(1, 0)
		w.err = errors.New("the disk is full")
		time.Sleep(3 * writeUseEvery)
		want(4, 1) // and warned of once
		w.err = nil
		time.Sleep(writeUseEvery)
		w.err = errors.New("the disk is full again")
		time.Sleep(writeUseEvery)
		want(6, 2)
		writing.stop()
		want(7, 2)
	})
}
