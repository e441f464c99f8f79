package seal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"csrd/csr"
)

// Rotation says which KEK a store's data keys are wrapped with. The zero value
// is that of a store that has nothing sealed.
type Rotation struct {
	Active   KeyID     // wraps new data keys
	Previous KeyID     // is being replaced by Active; zero while nothing is rotated
	Changed  time.Time // when a rotation began or ended last
}

// Rotating reports whether a rotation is under way.
func (r Rotation) Rotating() bool { return r.Previous != KeyID{} }

// Server is a csrd that serves a store.
type Server struct {
	ID      string
	Started time.Time
	Seen    time.Time
	KEKs    []KeyID // that it can use
}

// How often a server says that it runs, and after how long without it counts as gone.
const (
	SeenEvery   = 10 * time.Second
	GoneAfter   = 45 * time.Second
	rewrapBatch = 100 // data keys in one transaction: other writers wait for it
	pageOfKeys  = 1000
)

var (
	// ErrKEKChanged says that another KEK wraps new data keys.
	ErrKEKChanged = errors.New("the master key is being rotated by another process")

	// ErrKEKUsed says that a KEK still wraps data keys.
	ErrKEKUsed = errors.New("the master key still wraps data keys")
)

// RotationStore is what the rotation of the KEK asks of a store. Every method
// that returns without error has made its change durable.
type RotationStore interface {
	KeyStore

	// BeginRotation makes to the KEK for new data keys, in place of from, which
	// is the Previous then. The error is ErrKEKChanged unless from is the Active
	// one and nothing is being rotated, and a *ServersError where a server that
	// was seen since a time cannot use to. All of this is one transaction.
	BeginRotation(ctx context.Context, from, to KeyID, since, now time.Time) error

	// NextDataKeys returns the data keys after one, by owner and id, at most
	// limit of them; the first after the zero value.
	NextDataKeys(ctx context.Context, after DataKey, limit int) ([]DataKey, error)

	// Rewrap replaces data keys by the same ones wrapped anew, in one
	// transaction. One that is not as was any more is left as it is.
	Rewrap(ctx context.Context, was, now []DataKey) error

	// EndRotation forgets the Previous KEK. The error is ErrKEKUsed where it
	// wraps a data key, and ErrKEKChanged unless from is being replaced by to.
	EndRotation(ctx context.Context, from, to KeyID, now time.Time) error

	// Servers returns the servers, by their start.
	Servers(ctx context.Context) ([]Server, error)
}

// ServersError says that servers cannot use a KEK.
type ServersError struct {
	Key     KeyID
	Servers []Server
}

func (e *ServersError) Error() string {
	names := make([]string, len(e.Servers))
	for i, s := range e.Servers {
		names[i] = s.ID
	}
	return fmt.Sprintf("the master key %s is not known yet to the running csrd %s", e.Key, strings.Join(names, ", "))
}

// Usage is what each KEK wraps, by what describe says of the data key.
type Usage map[KeyID]map[string]int64

// Count is how many data keys a KEK wraps.
func (u Usage) Count(id KeyID) (n int64) {
	for _, count := range u[id] {
		n += count
	}
	return n
}

// Use counts the data keys of a store.
func Use(ctx context.Context, store RotationStore, describe func(DataKey) string) (Usage, error) {
	usage := Usage{}
	err := eachPage(ctx, store, pageOfKeys, func(keys []DataKey) error {
		for _, k := range keys {
			id, err := k.KEK()
			if err != nil {
				return err
			}
			if usage[id] == nil {
				usage[id] = map[string]int64{}
			}
			usage[id][describe(k)]++
		}
		return nil
	})
	return usage, err
}

func eachPage(ctx context.Context, store RotationStore, limit int, f func([]DataKey) error) error {
	var after DataKey
	for {
		keys, err := store.NextDataKeys(ctx, after, limit)
		if err != nil {
			return fmt.Errorf("read the data keys: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		if err := f(keys); err != nil {
			return err
		}
		after = keys[len(keys)-1]
	}
}

// Rotator replaces the KEK of a store, while servers work on it. It may end at
// any point: another one goes on from there.
type Rotator struct {
	Store RotationStore
	Keys  *MasterKeys // the old one and the new one

	// Wait is how long running servers have to learn the new KEK.
	Wait time.Duration
	// Waiting is called, once, when some take longer than a file takes to be
	// noticed, and Progress as data keys are wrapped anew. Both may be nil.
	Waiting  func(*ServersError)
	Progress func(done, total int64)
}

// How often the Rotator looks whether servers know the KEK, and how long it
// says nothing.
const (
	tick  = 100 * time.Millisecond
	quiet = 3 * time.Second
)

// Rotate replaces the KEK from by to and returns how many data keys it wrapped
// anew. Where a rotation from the one to the other is under way it is finished,
// and where to is in use alone nothing is to be done.
func (r *Rotator) Rotate(ctx context.Context, from, to KeyID) (rewrapped int64, err error) {
	state, err := r.Store.Rotation(ctx)
	if err != nil {
		return 0, err
	}
	if state.Active == to && !state.Rotating() {
		return 0, nil
	}
	kek, err := r.Keys.Find(to)
	if err != nil {
		return 0, err
	}
	if err := Probe(ctx, kek); err != nil {
		return 0, fmt.Errorf("the new master key %s cannot be used: %w", to, err)
	}
	if state.Active != to || state.Previous != from {
		if err := r.begin(ctx, from, to); err != nil {
			return 0, err
		}
	}
	rewrapped, err = r.rewrapAll(ctx, from, kek)
	if err != nil {
		return rewrapped, err
	}
	return rewrapped, patiently(func() error { return r.Store.EndRotation(ctx, from, to, time.Now()) })
}

// begin has the store take the new KEK for new data keys, when every running
// server can use it.
func (r *Rotator) begin(ctx context.Context, from, to KeyID) error {
	started := time.Now()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	told := false
	for {
		now := time.Now()
		err := patiently(func() error { return r.Store.BeginRotation(ctx, from, to, now.Add(-GoneAfter), now) })
		var unknown *ServersError
		if !errors.As(err, &unknown) || now.Sub(started) > r.Wait {
			return err
		}
		if !told && r.Waiting != nil && now.Sub(started) > min(quiet, r.Wait/2) {
			r.Waiting(unknown)
			told = true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// rewrapAll wraps with a KEK what another one wraps. New data keys are not
// wrapped with that one any more, so going through them once is enough.
func (r *Rotator) rewrapAll(ctx context.Context, from KeyID, to KEK) (rewrapped int64, err error) {
	usage, err := Use(ctx, r.Store, func(DataKey) string { return "" })
	if err != nil {
		return 0, err
	}
	total := usage.Count(from)
	err = eachPage(ctx, r.Store, rewrapBatch, func(keys []DataKey) error {
		var was, now []DataKey
		for _, k := range keys {
			if under, err := k.KEK(); err != nil || under != from {
				if err != nil {
					return err
				}
				continue
			}
			anew, err := r.rewrap(ctx, k, to)
			if err != nil {
				return err
			}
			was, now = append(was, k), append(now, anew)
		}
		if len(was) == 0 {
			return nil
		}
		if err := patiently(func() error { return r.Store.Rewrap(ctx, was, now) }); err != nil {
			return fmt.Errorf("keep the data keys wrapped anew: %w", err)
		}
		rewrapped += int64(len(was))
		if r.Progress != nil {
			r.Progress(rewrapped, total)
		}
		return nil
	})
	return rewrapped, err
}

// rewrap wraps a data key with a KEK, and makes sure that it can be unwrapped
// again before the old form is given up.
func (r *Rotator) rewrap(ctx context.Context, k DataKey, to KEK) (DataKey, error) {
	raw, err := r.Keys.unwrap(ctx, k)
	if err != nil {
		return DataKey{}, err
	}
	defer clear(raw)
	anew, err := wrap(ctx, to, k.Owner, k.ID, raw)
	if err != nil {
		return DataKey{}, err
	}
	again, err := r.Keys.unwrap(ctx, anew)
	if err != nil {
		return DataKey{}, err
	}
	defer clear(again)
	if !slices.Equal(raw, again) {
		return DataKey{}, fmt.Errorf("the master key %s changes the data key %s", to.ID(), k.ID)
	}
	return anew, nil
}

// patiently does again what a store that is busy with its server refuses: the
// server's writes may come one right after the other.
func patiently(do func() error) (err error) {
	for range 10 {
		err = do()
		if !errors.Is(err, csr.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return err
}
