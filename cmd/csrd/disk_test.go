package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"csrd/internal/testtool"
)

// disk is a small file system of its own.
type disk struct {
	dir    string
	filler *os.File
}

// newDisk mounts a disk of some KiB until the test ends.
func newDisk(t *testing.T, kib int) *disk {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		leaveOut(t, "a full disk needs a tmpfs, which root on Linux can mount")
	}
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(testtool.Need(t, "mount"), "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk,mode=0700", kib), "csrd-test", dir).CombinedOutput()
	if err != nil {
		leaveOut(t, fmt.Sprintf("a tmpfs cannot be mounted here: %v: %s", err, out))
	}
	d := &disk{dir: dir}
	t.Cleanup(func() {
		d.free(t)
		if out, err := exec.Command(testtool.Need(t, "umount"), "--lazy", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return d
}

// fill takes all that is free but some KiB.
func (d *disk) fill(t *testing.T, butKiB int) {
	t.Helper()
	if d.filler == nil {
		filler, err := os.Create(filepath.Join(d.dir, "filler"))
		if err != nil {
			t.Fatal(err)
		}
		d.filler = filler
	}
	chunk := make([]byte, 1024)
	for {
		_, err := d.filler.Write(chunk)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if butKiB == 0 {
		return
	}
	size, err := d.filler.Seek(0, io.SeekEnd)
	if err == nil {
		err = d.filler.Truncate(max(0, size-int64(butKiB)<<10))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// free gives everything back, at once: a process that another test has forked
// and that has not become its program yet still has the file open.
func (d *disk) free(t *testing.T) {
	t.Helper()
	if d.filler == nil {
		return
	}
	if err := errors.Join(d.filler.Truncate(0), d.filler.Close(), os.Remove(d.filler.Name())); err != nil {
		t.Fatal(err)
	}
	d.filler = nil
}

// checkFullMessage fails unless a refused start says that the disk is full and
// what to do.
func checkFullMessage(t *testing.T, what string, r *refusal) {
	t.Helper()
	if r.code != 1 || !strings.Contains(r.stderr, "no space left for the data directory") || !strings.Contains(r.stderr, "free some and start again") {
		t.Errorf("%s: code %d, want 1 and a message that says what to do:\n%s", what, r.code, r.stderr)
	}
}

func TestFullDiskRefusesTheFirstStartAndDamagesNothing(t *testing.T) {
	t.Parallel()
	d := newDisk(t, 2048)
	d.fill(t, 0)
	data := filepath.Join(d.dir, "data")
	checkFullMessage(t, "no space", refused(t, data, nil))

	d.free(t)
	s := serve(t, data, nil)
	if _, err := rootClient(t, s, data).create(draftOf("www.example.com", "")); err != nil {
		t.Error(err)
	}
	s.stop(t)
	checkDatabase(t, data)
}

// Wherever a first start runs out of space, it says so, and with space the
// next one goes on from there.
func TestFirstStartWithAnySpaceSaysSoOrWorks(t *testing.T) {
	t.Parallel()
	t.Run("from nothing", func(t *testing.T) {
		t.Parallel()
		startWithAnySpace(t, 48, func(string) {})
	})
	t.Run("from a store without an account", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		startWithAnySpace(t, 12, func(data string) {
			if r := refused(t, data, nil, "--listen", taken.Addr().String()); r.code != 1 {
				t.Fatal(r)
			}
		})
	})
}

// startWithAnySpace starts csrd on prepared data directories, with more space
// by a step of KiB each time, until it serves.
func startWithAnySpace(t *testing.T, step int, prepare func(data string)) {
	d := newDisk(t, 2048)
	refusals := 0
	for kib := 0; ; kib += step {
		data := filepath.Join(d.dir, fmt.Sprint("with", kib))
		prepare(data)
		d.fill(t, kib)
		s, err := launch(csrd(nil, serveArgs(data, nil)...))
		d.free(t)
		full := err != nil
		if full {
			var r *refusal
			if !errors.As(err, &r) {
				t.Fatal(err)
			}
			checkFullMessage(t, fmt.Sprintf("with %d KiB", kib), r)
			refusals++
			s = serve(t, data, nil)
		}
		t.Cleanup(s.kill)
		_, err = rootClient(t, s, data).create(draftOf("www.example.com", ""))
		if err != nil {
			t.Errorf("after a start with %d KiB: %v", kib, err)
		}
		s.stop(t)
		checkDatabase(t, data)
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		if !full {
			break
		}
		if kib > 1024 {
			t.Fatal("it does not start with a MiB")
		}
	}
	if refusals == 0 {
		t.Error("the disk was never full")
	}
}

// stored is what was acknowledged on a disk that fills up.
type stored struct {
	*client
	drafts, generated map[int64]string // their remarks
	deleted           map[int64]bool
	made              int
}

// try does each kind of write once and keeps what was acknowledged. The others
// must be refused with FailedOperation.SystemError.
func (w *stored) try(t *testing.T, draft int64) (acknowledged, refused int) {
	t.Helper()
	take := func(what string, err error) bool {
		t.Helper()
		switch {
		case isAPIError(err, "FailedOperation.SystemError"):
			refused++
		case err != nil:
			t.Fatalf("%s: %v", what, err)
		default:
			acknowledged++
		}
		return err == nil
	}
	w.made++
	remark := fmt.Sprintf("write %d %s", w.made, strings.Repeat("x", 500))
	id, err := w.create(draftOf("www.example.com", remark))
	if take("create a draft", err) {
		w.drafts[id] = remark
	}
	id, err = w.create(draftOf("www.example.com", remark).with("Generate", true))
	if take("create a generated CSR", err) {
		w.generated[id] = remark
	}
	if take("modify a draft", w.modify(draft, parameters{"Generate": false, "Remark": remark})) {
		w.drafts[draft] = remark
	}
	for id := range w.drafts {
		if id == draft {
			continue
		}
		if deleted, err := w.delete(id); take("delete a draft", err) {
			if len(deleted) != 1 {
				t.Fatalf("the deletion of %d answers %v", id, deleted)
			}
			delete(w.drafts, id)
			w.deleted[id] = true
		}
		break
	}
	return acknowledged, refused
}

// mustWrite fails unless each kind of write is acknowledged.
func (w *stored) mustWrite(t *testing.T, draft int64) {
	t.Helper()
	if _, refused := w.try(t, draft); refused > 0 {
		t.Fatalf("%d writes are refused though there is space", refused)
	}
}

// untilFull writes until no kind of write fits.
func (w *stored) untilFull(t *testing.T, draft int64) {
	t.Helper()
	for range 200 {
		acknowledged, refused := w.try(t, draft)
		if acknowledged == 0 && refused > 0 {
			return
		}
	}
	t.Fatal("writes are acknowledged though the disk is full")
}

// check compares what was acknowledged with what is there.
func (w *stored) check(t *testing.T) {
	t.Helper()
	w.checkList(t)
	for id := range w.generated {
		if err := checkGenerated(w.client, id); err != nil {
			t.Errorf("the generated CSR %d: %v", id, err)
		}
	}
	for id := range w.deleted {
		if _, err := w.describe(id); !isAPIError(err, "InvalidParameter.InvalidCSRId") {
			t.Errorf("the deleted CSR %d is described: %v", id, err)
		}
	}
}

// checkFull is check while the disk is full: the list is shown, and no key,
// since that cannot be recorded.
func (w *stored) checkFull(t *testing.T) {
	t.Helper()
	w.checkList(t)
	for id := range w.generated {
		if page, err := w.describe(id); !isAPIError(err, "FailedOperation.SystemError") || page.PrivateKey != nil {
			t.Errorf("the generated CSR %d: %v, want a refusal, as it cannot be recorded", id, err)
		}
	}
}

func (w *stored) checkList(t *testing.T) {
	t.Helper()
	pages, err := w.list()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		want, ok := w.drafts[page.Id]
		if !ok {
			want, ok = w.generated[page.Id]
		}
		if !ok || page.Remarks != want {
			t.Errorf("CSR %d with the remark %.20q is there; acknowledged was %.20q", page.Id, page.Remarks, want)
		}
	}
	if want := len(w.drafts) + len(w.generated); len(pages) != want {
		t.Errorf("%d CSRs are there, %d were acknowledged", len(pages), want)
	}
}

func TestFullDiskUnderTheServerLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	d := newDisk(t, 4096)
	data := filepath.Join(d.dir, "data")
	s := serve(t, data, nil)
	w := &stored{client: rootClient(t, s, data), drafts: map[int64]string{}, generated: map[int64]string{}, deleted: map[int64]bool{}}
	draft, err := w.create(draftOf("draft.example.com", "first"))
	if err != nil {
		t.Fatal(err)
	}
	w.drafts[draft] = "first"
	for i := range 5 {
		remark := fmt.Sprint("stock ", i)
		id, err := w.create(draftOf("stock.example.com", remark))
		if err != nil {
			t.Fatal(err)
		}
		w.drafts[id] = remark
	}
	w.mustWrite(t, draft)

	d.fill(t, 0)
	w.untilFull(t, draft)
	w.checkFull(t)
	if status, body := probe(t, s, "/healthz"); status != 200 {
		t.Errorf("/healthz: %d %s", status, body)
	}
	if status, body := probe(t, s, "/readyz"); status != 200 {
		t.Errorf("/readyz, though reads go on: %d %s", status, body)
	}

	// A little space: some writes fit, some do not.
	for kib := 4; kib <= 64; kib += 12 {
		d.fill(t, kib)
		w.try(t, draft)
	}
	w.checkList(t)

	d.free(t)
	w.mustWrite(t, draft)
	w.check(t)

	// Killed while the disk is full, it serves again or says what to do.
	d.fill(t, 0)
	w.untilFull(t, draft)
	s.kill()
	again, err := launch(csrd(nil, serveArgs(data, nil)...))
	var r *refusal
	switch {
	case err == nil:
		t.Cleanup(again.kill)
		w.endpoint = again.endpoint
		w.checkList(t)
		again.kill()
	case errors.As(err, &r):
		checkFullMessage(t, "the start after a kill", r)
	default:
		t.Fatal(err)
	}

	d.free(t)
	s = serve(t, data, nil)
	w.endpoint = s.endpoint
	w.check(t)
	w.mustWrite(t, draft)
	w.check(t)
	s.stop(t)
	checkDatabase(t, data)
}
