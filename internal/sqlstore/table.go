package sqlstore

import (
	"fmt"
	"strings"
)

// table is a table of the schema, as a copy of a store reads and writes it.
type table struct {
	name    string
	key     int // how many of the columns, from the first on, are the primary key
	columns []column
}

// column is a column of a table.
type column struct {
	name string
	kind kind
	null bool
}

type kind int

const (
	kindInteger kind = iota
	kindText
	kindBytes
)

const recordSchema = "owner_uin id seq:i domain domain_key organization department email province city country " +
	"encrypt_algo key_parameter remark status:i create_time:i revision:i spki:b?"

// tables lists all that a store has, in an order in which each row comes after
// those that it refers to. The table server is left out, which says who works on
// this store now, and so are the migrations that made it.
func tables() []table {
	return []table{
		tableOf("account", 1, "owner_uin create_time:i name enabled:i"),
		tableOf("cam_user", 2, "owner_uin name enabled:i create_time:i tokens_from:i"),
		tableOf("access_key", 1, "secret_id owner_uin user_name:? secret_key:b version:i enabled:i create_time:i last_used:i?"),
		tableOf("policy", 2, "owner_uin name document create_time:i change_time:i"),
		tableOf("policy_attachment", 3, "owner_uin user_name policy stored:?"),
		tableOf("token_key", 2, "owner_uin key_id sealed_key:b create_time:i"),
		tableOf("data_key", 2, "owner_uin key_id wrapped:b create_time:i"),
		tableOf("master_key", 1, "id active previous:? change_time:i"),
		tableOf("id_counter", 1, "name next:i"),
		tableOf("csr_counter", 1, "owner_uin last_seq:i last_create_time:i version:i"),
		tableOf("csr_detail", 2, "owner_uin id subject_alt_name tags pem private_key:b? key_password:b?"),
		tableOf("csr", 2, recordSchema),
		tableOf("deleted_csr", 2, recordSchema+" delete_time:i"),
		tableOf("csr_count", 3, "owner_uin domain_key encrypt_algo total:i divided:i"),
		tableOf("csr_range", 5, "owner_uin domain_key encrypt_algo level:i range:i total:i"),
		tableOf("audit_head", 1, "owner_uin audit_key:b seq:i mac:b seal:b"),
		tableOf("audit_stub", 1, "owner_uin seq:i mac:b prune_time:i seal:b"),
		tableOf("audit_entry", 2, "owner_uin seq:i time:i request_id actor_kind user_name secret_id address action resources key_read:i outcome mac:b"),
	}
}

// tableOf reads columns: a name, and behind a colon i for an integer, b for
// bytes, nothing for a text, and ? where it may be NULL. Owners and ids are
// integers.
func tableOf(name string, key int, columns string) table {
	t := table{name: name, key: key}
	for field := range strings.FieldsSeq(columns) {
		name, form, _ := strings.Cut(field, ":")
		c := column{name: name, kind: kindText, null: strings.HasSuffix(form, "?")}
		switch {
		case form != "" && form[0] == 'i', name == "owner_uin", name == "id":
			c.kind = kindInteger
		case form != "" && form[0] == 'b':
			c.kind = kindBytes
		}
		t.columns = append(t.columns, c)
	}
	return t
}

func (t table) names(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = t.columns[i].name
	}
	return strings.Join(names, ", ")
}

// selectAfter is the statement that reads rows after a primary key, or from the
// first on, in its order. A column that may be NULL is followed by whether it is.
func (t table) selectAfter(fromFirst bool) string {
	var sql strings.Builder
	sql.WriteString("SELECT ")
	for i, c := range t.columns {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString(c.name)
		if c.null {
			fmt.Fprintf(&sql, ", %s IS NULL", c.name)
		}
	}
	sql.WriteString(" FROM " + t.name)
	next := 1
	if !fromFirst {
		fmt.Fprintf(&sql, " WHERE (%s) > (%s)", t.names(t.key), placeholders(1, t.key))
		next += t.key
	}
	fmt.Fprintf(&sql, " ORDER BY %s LIMIT $%d", t.names(t.key), next)
	return sql.String()
}

// insert is the statement that writes so many rows.
func (t table) insert(rows int) string {
	var sql strings.Builder
	fmt.Fprintf(&sql, "INSERT INTO %s (%s) VALUES ", t.name, t.names(len(t.columns)))
	for i := range rows {
		if i > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "(%s)", placeholders(1+i*len(t.columns), len(t.columns)))
	}
	return sql.String()
}

func placeholders(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(all, ", ")
}

// values reads a row of selectAfter: an int64, a string or bytes for each
// column, and nil bytes for NULL.
func (t table) values(r row) []any {
	values := make([]any, len(t.columns))
	at := 0
	for i, c := range t.columns {
		switch c.kind {
		case kindInteger:
			values[i] = r.int(at)
		case kindText:
			values[i] = r.text(at)
		case kindBytes:
			values[i] = r.bytes(at)
		}
		at++
		if c.null {
			if r.int(at) == 1 {
				values[i] = []byte(nil)
			}
			at++
		}
	}
	return values
}

// rowsAfter reads rows after a primary key, nil for the first ones, in its order.
func (t tx) rowsAfter(of table, after []any, limit int) (rows [][]any, err error) {
	args := append(append([]any{}, after...), int64(limit))
	err = t.query(of.selectAfter(after == nil), func(r row) error {
		rows = append(rows, of.values(r))
		return nil
	}, args...)
	if err != nil {
		err = fmt.Errorf("read the table %s: %w", of.name, err)
	}
	return rows, err
}

// rowsAtOnce is how many rows a statement writes.
const rowsAtOnce = 100

// insertRows writes rows.
func (t tx) insertRows(of table, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		if len(rows) >= rowsAtOnce {
			n = rowsAtOnce
		}
		args := make([]any, 0, n*len(of.columns))
		for _, values := range rows[:n] {
			args = append(args, values...)
		}
		if err := t.exec(of.insert(n), args...); err != nil {
			return fmt.Errorf("write the table %s: %w", of.name, err)
		}
		rows = rows[n:]
	}
	return nil
}
