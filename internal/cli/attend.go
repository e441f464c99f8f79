package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"csrd/internal/seal"

	"github.com/google/uuid"
)

// lookEvery is how often a server looks whether the files of its master keys
// changed.
const lookEvery = 500 * time.Millisecond

// attendanceStore keeps which servers run.
type attendanceStore interface {
	seal.KeyStore
	SeeServer(ctx context.Context, server seal.Server) error
	Servers(ctx context.Context) ([]seal.Server, error)
	DropServer(ctx context.Context, id string) error
}

// attendance tells the store that this server runs and which master keys it
// can use, and learns of new ones while it runs.
type attendance struct {
	store   attendanceStore
	sources *keySources
	keys    *seal.MasterKeys
	log     *slog.Logger
	server  seal.Server
	failing bool // it was logged that the store does not take it
	running atomic.Int64

	cancel context.CancelFunc
	done   chan struct{}
}

// attend enters the server into the store's list and keeps it there until stop.
func attend(ctx context.Context, store attendanceStore, with *sealing, log *slog.Logger) (*attendance, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	a := &attendance{
		store: store, sources: with.sources, keys: with.keys, log: log, done: make(chan struct{}),
		server: seal.Server{ID: fmt.Sprintf("%s/%d/%.8s", host, os.Getpid(), uuid.NewString()), Started: time.Now()},
	}
	if err := a.see(ctx, with.keys.IDs()); err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	go a.run(running)
	return a, nil
}

func (a *attendance) run(ctx context.Context) {
	defer close(a.done)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			a.look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// look reads the files of the master keys again and says, when they changed or
// it is time to, that the server runs.
func (a *attendance) look(ctx context.Context) {
	changed, err := a.sources.read()
	if changed && err != nil {
		a.log.Warn("the files of the master keys changed and cannot be read; those that were read before stay in use", "cause", err.Error())
	}
	given := a.sources.keys()
	if slices.Equal(idsOf(given), a.server.KEKs) && time.Since(a.server.Seen) < seal.SeenEvery {
		return
	}
	if err := a.take(ctx, given); err == nil {
		a.failing = false
	} else if ctx.Err() == nil && !a.failing {
		a.failing = true
		a.log.Warn("the store does not take that this server runs, which a rotation of the master key asks; it is tried again", "cause", err.Error())
	}
}

// take puts the given master keys in the place of those before, but keeps one
// that the store still needs. New ones are used before the store is told of
// them; old ones only are dropped when it was told and no rotation began first.
func (a *attendance) take(ctx context.Context, given []seal.KEK) error {
	before := a.keys.All()
	a.keys.Replace(given[0], slices.Concat(given[1:], before)...)
	if err := a.see(ctx, idsOf(given)); err != nil {
		return err
	}
	state, err := a.store.Rotation(ctx)
	if err != nil {
		return err
	}
	kept := slices.Clone(given)
	for _, k := range before {
		if k.ID() == state.Active || k.ID() == state.Previous {
			kept = append(kept, k)
		}
	}
	a.keys.Replace(kept[0], kept[1:]...)
	if after := a.keys.IDs(); !slices.Equal(after, idsOf(before)) {
		a.log.Info("the master keys changed", "ids", fmt.Sprint(after))
	}
	return nil
}

func (a *attendance) see(ctx context.Context, ids []seal.KeyID) error {
	server := a.server
	server.Seen, server.KEKs = time.Now(), ids
	if err := a.store.SeeServer(ctx, server); err != nil {
		return fmt.Errorf("enter the server into the store's list: %w", err)
	}
	a.server = server
	servers, err := a.store.Servers(ctx)
	if err != nil {
		return fmt.Errorf("read the store's list of servers: %w", err)
	}
	running := int64(0)
	for _, s := range servers {
		if server.Seen.Sub(s.Seen) < seal.GoneAfter {
			running++
		}
	}
	a.running.Store(running)
	return nil
}

// count is how many csrd work on the store, as it said last.
func (a *attendance) count() int { return int(a.running.Load()) }

// stop ends the attendance and takes the server from the list.
func (a *attendance) stop() {
	a.cancel()
	<-a.done
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := a.store.DropServer(ctx, a.server.ID); err != nil {
		a.log.Warn("the store's list of servers still has this one; it counts as gone in a while", "cause", err.Error())
	}
}
