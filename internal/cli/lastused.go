package cli

import (
	"context"
	"log/slog"
	"time"
)

// writeUseEvery is how often a server writes when access keys were last used.
const writeUseEvery = time.Minute

// lastUsedWriter is what a [cam.Keyring] is for it.
type lastUsedWriter interface {
	WriteLastUsed(ctx context.Context) error
}

// writingUse writes when access keys were last used, in the background.
type writingUse struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func startWritingUse(keys lastUsedWriter, log *slog.Logger) *writingUse {
	ctx, cancel := context.WithCancel(context.Background())
	w := &writingUse{cancel, make(chan struct{})}
	go func() {
		defer close(w.done)
		ticker := time.NewTicker(writeUseEvery)
		defer ticker.Stop()
		failing := false
		write := func() {
			writing, cancel := context.WithTimeout(context.Background(), drainTimeout)
			defer cancel()
			err := keys.WriteLastUsed(writing)
			if err != nil && !failing {
				log.Warn("the store does not take when access keys were last used; it is tried again", "cause", err.Error())
			}
			failing = err != nil
		}
		for {
			select {
			case <-ticker.C:
				write()
			case <-ctx.Done():
				write()
				return
			}
		}
	}()
	return w
}

// stop writes what was not written yet and ends it.
func (w *writingUse) stop() {
	w.cancel()
	<-w.done
}
