package cli

import (
	"context"
	"log/slog"
	"time"

	"csrd/csr"
)

const (
	purgeEvery = time.Hour
	purgeBatch = 100 // CSRs in one transaction: other writers wait for it
)

// purging destroys deleted CSRs whose time is over, in the background.
type purging struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// startPurging begins it; record returns a context whose changes are recorded.
func startPurging(store csr.Store, retention time.Duration, record func(context.Context) context.Context, log *slog.Logger) *purging {
	ctx, cancel := context.WithCancel(context.Background())
	p := &purging{cancel, make(chan struct{})}
	go func() {
		defer close(p.done)
		ticker := time.NewTicker(purgeEvery)
		defer ticker.Stop()
		for {
			if n, err := purgeDue(record(ctx), store, time.Now().Add(-retention)); err != nil && ctx.Err() == nil {
				log.Error("deleted CSRs could not be destroyed; the next try is in an hour", "cause", err.Error())
			} else if n > 0 {
				log.Info("destroyed deleted CSRs", "count", n)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
}

func purgeDue(ctx context.Context, store csr.Store, before time.Time) (total int64, err error) {
	for {
		n, err := store.Purge(ctx, before, purgeBatch)
		total += n
		if err != nil || n < purgeBatch {
			return total, err
		}
	}
}

// stop ends the purging and waits for it.
func (p *purging) stop() {
	p.cancel()
	<-p.done
}
