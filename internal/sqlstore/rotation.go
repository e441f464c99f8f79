package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"csrd/internal/audit"
	"csrd/internal/seal"
)

// rotation reads which master key is in use.
func (t tx) rotation() (state seal.Rotation, err error) {
	err = t.query("SELECT active, coalesce(previous, ''), change_time FROM master_key WHERE id = 1", func(r row) (err error) {
		if state.Active, err = seal.ParseKeyID(r.text(0)); err != nil {
			return err
		}
		if previous := r.text(1); previous != "" {
			state.Previous, err = seal.ParseKeyID(previous)
		}
		state.Changed = fromMicros(r.int(2))
		return err
	})
	if err != nil {
		err = fmt.Errorf("read which master key is in use: %w", err)
	}
	return state, err
}

// Rotation implements [seal.KeyStore].
func (s *Store) Rotation(ctx context.Context) (state seal.Rotation, err error) {
	err = s.db.read(ctx, func(t tx) (err error) {
		state, err = t.rotation()
		return err
	})
	return state, err
}

// UsesKEK implements [seal.KeyStore].
func (s *Store) UsesKEK(ctx context.Context, id seal.KeyID) (used bool, err error) {
	err = s.db.read(ctx, func(t tx) (err error) {
		used, err = t.usesKEK(id)
		return err
	})
	return used, err
}

func (t tx) usesKEK(id seal.KeyID) (used bool, err error) {
	err = t.query("SELECT 1 FROM data_key WHERE substr(wrapped, 2, 8) = $1 LIMIT 1", func(row) error {
		used = true
		return nil
	}, id[:])
	return used, err
}

// BeginRotation implements [seal.RotationStore].
func (s *Store) BeginRotation(ctx context.Context, from, to seal.KeyID, since, now time.Time) error {
	return s.change(ctx, audit.System, func(t tx) ([]string, error) {
		state, err := t.rotation()
		if err != nil {
			return nil, err
		}
		if state.Active != from || state.Rotating() {
			return nil, seal.ErrKEKChanged
		}
		servers, err := t.servers()
		if err != nil {
			return nil, err
		}
		unknown := &seal.ServersError{Key: to}
		for _, server := range servers {
			if !server.Seen.Before(since) && !slices.Contains(server.KEKs, to) {
				unknown.Servers = append(unknown.Servers, server)
			}
		}
		if len(unknown.Servers) > 0 {
			return nil, unknown
		}
		return masterKeyNames(from, to), t.exec("UPDATE master_key SET active = $1, previous = $2, change_time = $3 WHERE id = 1",
			to.String(), from.String(), micros(now))
	})
}

// NextDataKeys implements [seal.RotationStore].
func (s *Store) NextDataKeys(ctx context.Context, after seal.DataKey, limit int) ([]seal.DataKey, error) {
	return s.dataKeys(ctx, "WHERE (owner_uin, key_id) > ($1, $2) ORDER BY owner_uin, key_id LIMIT $3",
		int64(after.Owner), after.ID.String(), int64(limit))
}

// Rewrap implements [seal.RotationStore].
func (s *Store) Rewrap(ctx context.Context, was, now []seal.DataKey) error {
	return s.db.writeAgain(ctx, func(t tx) error {
		for i, k := range now {
			err := t.exec("UPDATE data_key SET wrapped = $1 WHERE owner_uin = $2 AND key_id = $3 AND wrapped = $4",
				k.Wrapped, int64(k.Owner), k.ID.String(), was[i].Wrapped)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// EndRotation implements [seal.RotationStore].
func (s *Store) EndRotation(ctx context.Context, from, to seal.KeyID, now time.Time) error {
	return s.change(ctx, audit.System, func(t tx) ([]string, error) {
		state, err := t.rotation()
		if err != nil {
			return nil, err
		}
		if state.Active != to || state.Previous != from {
			return nil, seal.ErrKEKChanged
		}
		if used, err := t.usesKEK(from); err != nil {
			return nil, err
		} else if used {
			return nil, seal.ErrKEKUsed
		}
		return masterKeyNames(from, to), t.exec("UPDATE master_key SET previous = NULL, change_time = $1 WHERE id = 1", micros(now))
	})
}

// masterKeyNames is what the record calls the master keys of a rotation.
func masterKeyNames(from, to seal.KeyID) []string {
	return []string{"master-key/" + from.String(), "master-key/" + to.String()}
}

// Servers implements [seal.RotationStore].
func (s *Store) Servers(ctx context.Context) (servers []seal.Server, err error) {
	err = s.db.read(ctx, func(t tx) (err error) {
		servers, err = t.servers()
		return err
	})
	return servers, err
}

func (t tx) servers() (servers []seal.Server, err error) {
	err = t.query("SELECT id, start_time, seen_time, master_keys FROM server ORDER BY start_time, id", func(r row) error {
		server := seal.Server{ID: r.text(0), Started: fromMicros(r.int(1)), Seen: fromMicros(r.int(2))}
		for id := range strings.FieldsSeq(r.text(3)) {
			kek, err := seal.ParseKeyID(id)
			if err != nil {
				return fmt.Errorf("server %s: %w", server.ID, err)
			}
			server.KEKs = append(server.KEKs, kek)
		}
		servers = append(servers, server)
		return nil
	})
	return servers, err
}

// forgetServer is how long a server that was not seen stays in the list.
const forgetServer = 24 * time.Hour

// SeeServer records that a server runs and which master keys it can use. What
// is recorded of servers that cannot be running any more is dropped: the one
// that holds the lock of its data directory is alone.
func (s *Store) SeeServer(ctx context.Context, server seal.Server) error {
	keks := make([]string, len(server.KEKs))
	for i, id := range server.KEKs {
		keks[i] = id.String()
	}
	return s.db.writeAgain(ctx, func(t tx) error {
		// Either the transaction that begins a rotation sees this server, or
		// what this server reads next is as of after it.
		if err := t.lock(audit.System); err != nil {
			return err
		}
		if s.lock == nil {
			if err := t.exec("DELETE FROM server WHERE seen_time < $1", micros(server.Seen.Add(-forgetServer))); err != nil {
				return err
			}
		} else {
			if err := t.exec("DELETE FROM server WHERE id <> $1", server.ID); err != nil {
				return err
			}
		}
		return t.exec(`INSERT INTO server (id, start_time, seen_time, master_keys) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET seen_time = excluded.seen_time, master_keys = excluded.master_keys`,
			server.ID, micros(server.Started), micros(server.Seen), strings.Join(keks, " "))
	})
}

// DropServer forgets a server that ends.
func (s *Store) DropServer(ctx context.Context, id string) error {
	return s.db.writeAgain(ctx, func(t tx) error { return t.exec("DELETE FROM server WHERE id = $1", id) })
}

// admit fails unless a data key is wrapped with the master key that is for new
// ones; the first of a store makes it that.
func (t tx) admit(key seal.DataKey, now time.Time) error {
	kek, err := key.KEK()
	if err != nil {
		return err
	}
	state, err := t.rotation()
	if err != nil {
		return err
	}
	switch state.Active {
	case kek:
		return nil
	case seal.KeyID{}:
		return t.exec("INSERT INTO master_key (id, active, change_time) VALUES (1, $1, $2)", kek.String(), micros(now))
	}
	return fmt.Errorf("data key of %s: %w", key.Owner, seal.ErrKEKChanged)
}
