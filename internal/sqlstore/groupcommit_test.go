package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"csrd/csr"
)

var errRefused = errors.New("refused")

// group runs writes that wait for the writing connection together, and returns
// what each answered.
func group(t *testing.T, db *sqliteEngine, writes ...func(tx) error) []error {
	t.Helper()
	conn := <-db.writer
	answers := make([]chan error, len(writes))
	for i, f := range writes {
		answers[i] = make(chan error, 1)
		before := db.writes.count()
		go func() { answers[i] <- db.write(context.Background(), f) }()
		for db.writes.count() == before { // in this order
			runtime.Gosched()
		}
	}
	db.writer <- conn
	errs := make([]error, len(writes))
	for i := range answers {
		errs[i] = <-answers[i]
	}
	return errs
}

func (w *writes) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

func openForGroups(t *testing.T) (*sqliteEngine, func(name string) func(tx) error, func() string) {
	t.Helper()
	s, err := Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	insert := func(name string) func(tx) error {
		return func(x tx) error { return x.exec("INSERT INTO id_counter (name, next) VALUES ($1, 1)", name) }
	}
	stored := func() string {
		var names []string
		err := s.db.read(t.Context(), func(x tx) error {
			return x.query("SELECT name FROM id_counter ORDER BY name", func(r row) error { names = append(names, r.text(0)); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(names, " ")
	}
	return s.db.(*sqliteEngine), insert, stored
}

func TestOfWritesInOneCommitThoseThatFailAreUndoneAlone(t *testing.T) {
	db, insert, stored := openForGroups(t)
	commits := 0
	before, _ := db.moment()
	errs := group(t, db,
		insert("a"),
		func(x tx) error { return errors.Join(insert("b")(x), errRefused) },
		insert("c"),
		func(x tx) error { _ = insert("d")(x); panic("on purpose") },
		insert("a"), // there is one, not yet committed
		func(x tx) error {
			if after, _ := db.moment(); after != before {
				commits++
			}
			return insert("e")(x)
		},
	)
	for i, want := range []string{"", "refused", "", "on purpose", "UNIQUE", ""} {
		if got := fmt.Sprint(errs[i]); want == "" && errs[i] != nil || !strings.Contains(got, want) {
			t.Errorf("write %d answered %v, want %q", i, errs[i], want)
		}
	}
	if got := stored(); got != "a c csr e" {
		t.Errorf("stored are %s, want a c csr e", got)
	}
	if commits > 0 {
		t.Error("something was committed before the last write of the group ran")
	}
}

// A caller who has gone away before the turn of the write changes nothing.
func TestWriteInAGroupOfACallerWhoIsGoneIsNotDone(t *testing.T) {
	db, insert, stored := openForGroups(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := &pendingWrite{ctx: ctx, f: insert("gone"), done: make(chan struct{})}
	cancel()
	db.writes.add(gone)
	if errs := group(t, db, insert("a"), insert("b")); errors.Join(errs...) != nil {
		t.Error(errs)
	}
	if <-gone.done; !errors.Is(gone.err, csr.ErrUnavailable) || stored() != "a b csr" {
		t.Errorf("the write answered %v, and stored are %s", gone.err, stored())
	}
}

// What undoes the whole transaction, as a full disk, fails all that are in it.
func TestWritesOfAGroupThatIsUndoneAllFail(t *testing.T) {
	db, insert, stored := openForGroups(t)
	errs := group(t, db, insert("a"), func(x tx) error {
		if err := insert("b")(x); err != nil {
			return err
		}
		return errors.Join(x.exec("ROLLBACK"), csr.ErrUnavailable)
	}, insert("c"))
	for i, err := range errs {
		if !errors.Is(err, csr.ErrUnavailable) {
			t.Errorf("write %d answered %v, want ErrUnavailable", i, err)
		}
	}
	if got := stored(); got != "csr" {
		t.Errorf("stored are %s, want none", got)
	}
}
