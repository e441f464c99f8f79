package sqlstore

// count counts the rows of what stands behind FROM.
func (t tx) count(from string, args ...any) (n int64, err error) {
	err = t.query("SELECT count(*) FROM "+from, func(r row) error { n = r.int(0); return nil }, args...)
	return n, err
}

// need fails with missing where there is no such row, refuse with exists where
// there is one.
func (t tx) need(missing error, from string, args ...any) error {
	n, err := t.count(from, args...)
	if err == nil && n == 0 {
		err = missing
	}
	return err
}

func (t tx) refuse(exists error, from string, args ...any) error {
	n, err := t.count(from, args...)
	if err == nil && n > 0 {
		err = exists
	}
	return err
}

// changeOne runs a statement and fails with missing where it changes no row.
func (t tx) changeOne(missing error, sql string, args ...any) error {
	n, err := t.change(sql, args...)
	if err == nil && n == 0 {
		err = missing
	}
	return err
}

func asInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// textOrNull is a parameter that is NULL for "".
func textOrNull(s string) any {
	if s == "" {
		return []byte(nil)
	}
	return s
}
