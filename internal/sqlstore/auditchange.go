package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
)

// change runs f in a transaction like write, for what changes something of an
// account, and appends the pending entry of the context to the account's chain
// in the same transaction. f returns what it changed; nil, and the entry has
// the resources that it was made with.
func (s *Store) change(ctx context.Context, owner csr.Owner, f func(tx) (resources []string, err error)) error {
	if known, err := s.knows(ctx, owner); err != nil {
		return err
	} else if !known { // then f fails: no record is begun for an account that is not there
		return s.db.write(ctx, func(t tx) error {
			_, err := f(t)
			return cmp.Or(err, cam.ErrNoAccount)
		})
	}
	err := s.changeAll(ctx, []csr.Owner{owner}, func(t tx) (map[csr.Owner][]string, error) {
		resources, err := f(t)
		return map[csr.Owner][]string{owner: resources}, err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// errUnchanged says that everything is already as it is to be: what returns it
// to change gets no entry.
var errUnchanged = errors.New("nothing is to be changed")

// knows reports whether there is an account, or a chain of one that was.
func (s *Store) knows(ctx context.Context, owner csr.Owner) (known bool, err error) {
	if pending, err := audit.From(ctx); owner == audit.System || err == nil && pending.Remembers(owner) {
		return true, nil
	}
	err = s.db.read(ctx, func(t tx) error {
		return t.query("SELECT EXISTS (SELECT 1 FROM account WHERE owner_uin = $1) OR EXISTS (SELECT 1 FROM audit_head WHERE owner_uin = $1)",
			func(r row) error { known = r.int(0) == 1; return nil }, int64(owner))
	})
	return known, err
}

// errBegun says that another process has begun a chain.
var errBegun = errors.New("the chain has begun")

// changeAll is change for several accounts: f returns what it changed of each
// of them. They are locked for it, in the order given, which is that of their
// numbers where they are several. An account that is not in it was not changed, and gets no entry. It
// runs again where another process begins the chain of one at the same time.
func (s *Store) changeAll(ctx context.Context, owners []csr.Owner, f func(tx) (map[csr.Owner][]string, error)) error {
	pending, err := audit.From(ctx)
	if err != nil {
		return err
	}
	for {
		err := s.changeWith(ctx, pending, owners, f)
		if !errors.Is(err, errBegun) {
			return err
		}
	}
}

func (s *Store) changeWith(ctx context.Context, pending *audit.Pending, owners []csr.Owner, f func(tx) (map[csr.Owner][]string, error)) error {
	// Before the transaction: a key may have to be made, or fetched.
	keys := make([]audit.Key, len(owners))
	for i, owner := range owners {
		var err error
		if keys[i], err = pending.Key(ctx, owner); err != nil {
			return err
		}
	}
	var entries []audit.Entry
	err := s.db.write(ctx, func(t tx) error {
		entries = nil // it may run again
		for _, owner := range owners {
			if err := t.lock(owner); err != nil {
				return err
			}
		}
		changed, err := f(t)
		if err != nil {
			return err
		}
		for i, owner := range owners {
			resources, ok := changed[owner]
			if !ok {
				continue
			}
			entry, err := t.appendEntry(pending, keys[i], owner, resources)
			if err != nil {
				return fmt.Errorf("account %s: %w", owner, err)
			}
			entries = append(entries, entry)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range entries {
		pending.Note(&entries[i])
	}
	return nil
}

// appendEntry appends an entry to a chain, which begins with its first.
func (t tx) appendEntry(pending *audit.Pending, key audit.Key, owner csr.Owner, resources []string) (audit.Entry, error) {
	head, err := t.auditHead(owner)
	if err != nil {
		return audit.Entry{}, err
	}
	switch made := key.Made(); {
	case head == nil && made == nil:
		return audit.Entry{}, fmt.Errorf("its end is missing: %w", audit.ErrAltered)
	case head != nil && made != nil:
		return audit.Entry{}, errBegun
	case head == nil:
		first := key.NewHead(0, audit.MAC{})
		head = &first
		err := t.exec(`INSERT INTO audit_head (owner_uin, audit_key, seq, mac, seal) VALUES ($1, $2, $3, $4, $5)`,
			int64(owner), []byte(made), head.Seq, head.MAC[:], head.Seal[:])
		if err != nil {
			return audit.Entry{}, err
		}
	}
	e, next, err := pending.Next(key, *head, resources)
	if err != nil {
		return e, err
	}
	names, err := json.Marshal(append([]string{}, e.Resources...)) // [] rather than null
	if err != nil {
		return e, fmt.Errorf("marshal the resources: %w", err)
	}
	err = t.exec(`INSERT INTO audit_entry (`+entryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		int64(e.Owner), e.Seq, micros(e.Time), e.RequestID, string(e.Actor.Kind), e.Actor.User, e.Actor.SecretID, e.Actor.Address,
		e.Action, string(names), asInt(e.KeyRead), e.Outcome, e.MAC[:])
	if err != nil {
		return e, err
	}
	return e, t.exec(`UPDATE audit_head SET seq = $1, mac = $2, seal = $3 WHERE owner_uin = $4`,
		next.Seq, next.MAC[:], next.Seal[:], int64(owner))
}

// auditHead reads the head of a chain; nil where there is none.
func (t tx) auditHead(owner csr.Owner) (head *audit.Head, err error) {
	err = t.query(`SELECT seq, mac, seal FROM audit_head WHERE owner_uin = $1`, func(r row) error {
		head = &audit.Head{Seq: r.int(0), MAC: r.mac(1), Seal: r.mac(2)}
		return nil
	}, int64(owner))
	return head, err
}

// mac reads an HMAC. One of another length was altered, and is read as one
// that verifies as none.
func (r row) mac(column int) (m audit.MAC) {
	if b := r.bytes(column); len(b) == len(m) {
		copy(m[:], b)
	}
	return m
}

// AuditKey implements [audit.KeyStore].
func (s *Store) AuditKey(ctx context.Context, owner csr.Owner) (key csr.Sealed, err error) {
	err = s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT audit_key FROM audit_head WHERE owner_uin = $1`, func(r row) error {
			key = r.bytes(0)
			return nil
		}, int64(owner))
	})
	if err == nil && key == nil {
		err = audit.ErrNoChain
	}
	if err != nil {
		return nil, fmt.Errorf("audit key of account %s: %w", owner, err)
	}
	return key, nil
}

// Append implements [audit.Store].
func (s *Store) Append(ctx context.Context, owner csr.Owner) error {
	err := s.change(ctx, owner, func(tx) ([]string, error) { return nil, nil })
	if err != nil {
		return fmt.Errorf("append to the record: %w", err)
	}
	return nil
}

// Prune implements [audit.Store].
func (s *Store) Prune(ctx context.Context, owner csr.Owner, stub audit.Stub) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		first := int64(0)
		err := t.query(`SELECT seq FROM audit_entry WHERE owner_uin = $1 ORDER BY seq LIMIT 1`,
			func(r row) error { first = r.int(0); return nil }, int64(owner))
		if err != nil {
			return nil, err
		}
		same := false
		err = t.query(`SELECT mac FROM audit_entry WHERE owner_uin = $1 AND seq = $2`,
			func(r row) error { same = r.mac(0).Equal(stub.MAC); return nil }, int64(owner), stub.Seq)
		if err == nil && !same {
			err = audit.ErrAltered
		}
		if err != nil {
			return nil, err
		}
		if err := t.exec(`DELETE FROM audit_entry WHERE owner_uin = $1 AND seq <= $2`, int64(owner), stub.Seq); err != nil {
			return nil, err
		}
		return []string{fmt.Sprintf("audit/%d-%d", first, stub.Seq)}, t.exec(`INSERT INTO audit_stub (owner_uin, seq, mac, prune_time, seal) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (owner_uin) DO UPDATE SET seq = excluded.seq, mac = excluded.mac, prune_time = excluded.prune_time, seal = excluded.seal`,
			int64(owner), stub.Seq, stub.MAC[:], micros(stub.Time), stub.Seal[:])
	})
	if errors.Is(err, audit.ErrAltered) {
		return fmt.Errorf("entry %d of account %s: %w", stub.Seq, owner, err)
	}
	if err != nil {
		return fmt.Errorf("prune the record: %w", err)
	}
	return nil
}
