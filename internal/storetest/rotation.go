package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/seal"
)

// The master keys of the tests.
var oldKEK, newKEK = seal.KeyID{'o', 'l', 'd'}, seal.KeyID{'n', 'e', 'w'}

// wrapped is a data key of an owner under a master key, in the form in which
// package seal keeps it.
func wrapped(owner csr.Owner, id byte, kek seal.KeyID, rest string) seal.DataKey {
	return seal.DataKey{Owner: owner, ID: seal.KeyID{id}, Wrapped: slices.Concat([]byte{1}, kek[:], []byte(rest))}
}

func wantRotation(t *testing.T, s Store, what string, want seal.Rotation) {
	t.Helper()
	got, err := s.Rotation(t.Context())
	must(t, err)
	if got != want {
		t.Errorf("%s: the rotation is %+v, want %+v", what, got, want)
	}
}

func firstKEK(t *testing.T, s Store) {
	ctx := t.Context()
	wantRotation(t, s, "nothing sealed", seal.Rotation{})
	wantErr(t, "rotating nothing", s.BeginRotation(ctx, oldKEK, newKEK, start, start), seal.ErrKEKChanged)
	if err := s.AddDataKey(ctx, seal.DataKey{Owner: alice, ID: seal.KeyID{1}, Wrapped: []byte{1, 2}}); err == nil {
		t.Error("a data key that names no master key is taken")
	}
	must(t, s.AddDataKey(ctx, wrapped(alice, 1, oldKEK, "a")))
	state, err := s.Rotation(ctx)
	if err != nil || state.Active != oldKEK || state.Rotating() || state.Changed.IsZero() {
		t.Errorf("the rotation is %+v, %v, want %s in use", state, err, oldKEK)
	}
	wantErr(t, "a data key under another one", s.AddDataKey(ctx, wrapped(bob, 2, newKEK, "b")), seal.ErrKEKChanged)
	for id, want := range map[seal.KeyID]bool{oldKEK: true, newKEK: false} {
		if used, err := s.UsesKEK(ctx, id); err != nil || used != want {
			t.Errorf("%s is used: %t, %v, want %t", id, used, err, want)
		}
	}
}

func rotate(t *testing.T, s Store) {
	ctx := t.Context()
	later := start.Add(time.Hour)
	must(t, s.AddDataKey(ctx, wrapped(alice, 1, oldKEK, "a")))
	must(t, s.AddDataKey(ctx, wrapped(bob, 1, oldKEK, "b")))

	wantErr(t, "from another", s.BeginRotation(ctx, newKEK, seal.KeyID{9}, start, start), seal.ErrKEKChanged)
	wantErr(t, "ended before it begins", s.EndRotation(ctx, oldKEK, newKEK, start), seal.ErrKEKChanged)
	must(t, s.BeginRotation(ctx, oldKEK, newKEK, start, start))
	under := seal.Rotation{Active: newKEK, Previous: oldKEK, Changed: start}
	wantRotation(t, s, "begun", under)
	wantErr(t, "begun twice", s.BeginRotation(ctx, oldKEK, newKEK, start, start), seal.ErrKEKChanged)
	wantErr(t, "begun on top", s.BeginRotation(ctx, newKEK, seal.KeyID{9}, start, start), seal.ErrKEKChanged)
	wantErr(t, "a new data key under the old one", s.AddDataKey(ctx, wrapped(alice, 2, oldKEK, "c")), seal.ErrKEKChanged)
	must(t, s.AddDataKey(ctx, wrapped(alice, 3, newKEK, "d")))
	wantErr(t, "ended while the old one is used", s.EndRotation(ctx, oldKEK, newKEK, later), seal.ErrKEKUsed)

	was := []seal.DataKey{wrapped(alice, 1, oldKEK, "a"), wrapped(bob, 1, oldKEK, "not what is there")}
	now := []seal.DataKey{wrapped(alice, 1, newKEK, "a2"), wrapped(bob, 1, newKEK, "b2")}
	must(t, s.Rewrap(ctx, was, now))
	wantErr(t, "ended while one is left", s.EndRotation(ctx, oldKEK, newKEK, later), seal.ErrKEKUsed)
	was[1] = wrapped(bob, 1, oldKEK, "b")
	must(t, s.Rewrap(ctx, was, now)) // the first has been done
	wantErr(t, "ended as another", s.EndRotation(ctx, seal.KeyID{9}, newKEK, later), seal.ErrKEKChanged)
	wantRotation(t, s, "wrapped anew", under)
	must(t, s.EndRotation(ctx, oldKEK, newKEK, later))
	wantRotation(t, s, "ended", seal.Rotation{Active: newKEK, Changed: later})
	wantErr(t, "ended twice", s.EndRotation(ctx, oldKEK, newKEK, later), seal.ErrKEKChanged)

	var all []seal.DataKey
	for after := (seal.DataKey{}); ; {
		page, err := s.NextDataKeys(ctx, after, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		all, after = append(all, page...), page[len(page)-1]
	}
	if want := []seal.DataKey{now[0], wrapped(alice, 3, newKEK, "d"), now[1]}; !reflect.DeepEqual(all, want) {
		t.Errorf("the data keys are %v, want %v", all, want)
	}
}

// serverList is what a store of which servers use it offers besides.
type serverList interface {
	SeeServer(ctx context.Context, server seal.Server) error
	DropServer(ctx context.Context, id string) error
}

func servers(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.AddDataKey(ctx, wrapped(alice, 1, oldKEK, "a")))
	server := seal.Server{ID: "host/1", Started: start, Seen: start.Add(time.Minute), KEKs: []seal.KeyID{oldKEK}}
	must(t, s.SeeServer(ctx, server))
	wantServers(t, s, server)
	begin := func(since time.Time) error { return s.BeginRotation(ctx, oldKEK, newKEK, since, start) }
	var unknown *seal.ServersError
	if err := begin(server.Seen); !errors.As(err, &unknown) || len(unknown.Servers) != 1 || unknown.Servers[0].ID != server.ID || unknown.Key != newKEK {
		t.Errorf("error %v, want that %s does not know %s", err, server.ID, newKEK)
	}
	if state, err := s.Rotation(ctx); err != nil || state.Active != oldKEK || state.Rotating() {
		t.Errorf("a rotation that is refused has changed it to %+v, %v", state, err)
	}

	server.Seen, server.KEKs = server.Seen.Add(time.Minute), []seal.KeyID{oldKEK, newKEK}
	must(t, s.SeeServer(ctx, server))
	wantServers(t, s, server)
	must(t, begin(server.Seen))

	must(t, s.DropServer(ctx, "another"))
	wantServers(t, s, server)
	must(t, s.DropServer(ctx, server.ID))
	wantServers(t, s)
}

// One that was not seen for long does not count.
func goneServer(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.AddDataKey(ctx, wrapped(alice, 1, oldKEK, "a")))
	must(t, s.SeeServer(ctx, seal.Server{ID: "host/1", Started: start, Seen: start, KEKs: []seal.KeyID{oldKEK}}))
	must(t, s.BeginRotation(ctx, oldKEK, newKEK, start.Add(time.Second), start))
}

func wantServers(t *testing.T, s Store, want ...seal.Server) {
	t.Helper()
	if got, err := s.Servers(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("servers %+v, %v, want %+v", got, err, want)
	}
}
