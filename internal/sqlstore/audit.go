package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"csrd/csr"
	"csrd/internal/audit"
)

const entryColumns = "owner_uin, seq, time, request_id, actor_kind, user_name, secret_id, address, action, resources, key_read, outcome, mac"

// scanEntry reads entryColumns. What was altered so that it cannot be read is
// empty: it does not verify.
func scanEntry(r row) *audit.Entry {
	e := &audit.Entry{
		Owner: csr.Owner(r.int(0)), Seq: r.int(1), Time: fromMicros(r.int(2)), RequestID: r.text(3),
		Actor:  audit.Actor{Kind: audit.ActorKind(r.text(4)), User: r.text(5), SecretID: r.text(6), Address: r.text(7)},
		Action: r.text(8), KeyRead: r.int(10) == 1, Outcome: r.text(11), MAC: r.mac(12),
	}
	if json.Unmarshal([]byte(r.text(9)), &e.Resources) != nil {
		e.Resources = nil
	}
	return e
}

// Entries implements [audit.Store].
func (s *Store) Entries(ctx context.Context, filter audit.Filter, f func(*audit.Entry) error) error {
	sql, args := entriesQuery(filter)
	err := s.db.read(ctx, func(t tx) error {
		return t.query(sql, func(r row) error { return f(scanEntry(r)) }, args...)
	})
	if err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	return nil
}

// entriesQuery is the statement for a filter, and its parameters.
func entriesQuery(filter audit.Filter) (sql string, args []any) {
	var where []string
	and := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if filter.Owner != nil {
		and("owner_uin = ?", int64(*filter.Owner))
	}
	if filter.RequestID != "" {
		and("request_id = ?", filter.RequestID)
	}
	if !filter.From.IsZero() {
		and("time >= ?", micros(filter.From))
	}
	if !filter.To.IsZero() {
		and("time < ?", micros(filter.To))
	}
	if filter.Action != "" {
		// With its product before a colon, or without.
		and("(action = ? OR substr(action, length(action) - length(?)) = ':' || ?)", filter.Action)
	}
	if filter.User != nil {
		and("user_name = ?", *filter.User)
	}
	if filter.Resource != "" {
		name, _ := json.Marshal(filter.Resource) // a text always marshals
		and("replace(resources, ?, '') <> resources", string(name))
	}
	sql = "SELECT " + entryColumns + " FROM audit_entry"
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	sql += " ORDER BY time DESC, owner_uin, seq DESC"
	if filter.Limit > 0 {
		args = append(args, filter.Limit)
		sql += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return sql, args
}

// Chains implements [audit.Store].
func (s *Store) Chains(ctx context.Context) (owners []csr.Owner, err error) {
	err = s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT owner_uin FROM audit_head UNION SELECT owner_uin FROM audit_entry UNION SELECT owner_uin FROM audit_stub ORDER BY 1`,
			func(r row) error { owners = append(owners, csr.Owner(r.int(0))); return nil })
	})
	if err != nil {
		return nil, fmt.Errorf("list the chains of the record: %w", err)
	}
	return owners, nil
}

// ReadChain implements [audit.Store].
func (s *Store) ReadChain(ctx context.Context, owner csr.Owner, begin func(audit.Chain) error, f func(*audit.Entry) error) error {
	err := s.db.read(ctx, func(t tx) error {
		head, err := t.auditHead(owner)
		if err != nil {
			return err
		}
		chain := audit.Chain{Owner: owner, Head: head}
		err = t.query(`SELECT seq, mac, prune_time, seal FROM audit_stub WHERE owner_uin = $1`, func(r row) error {
			chain.Stub = &audit.Stub{Seq: r.int(0), MAC: r.mac(1), Time: fromMicros(r.int(2)), Seal: r.mac(3)}
			return nil
		}, int64(owner))
		if err != nil {
			return err
		}
		if err := begin(chain); err != nil {
			return err
		}
		return t.query(`SELECT `+entryColumns+` FROM audit_entry WHERE owner_uin = $1 ORDER BY seq`,
			func(r row) error { return f(scanEntry(r)) }, int64(owner))
	})
	if err != nil {
		return fmt.Errorf("read the record of account %s: %w", owner, err)
	}
	return nil
}
