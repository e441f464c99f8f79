package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"
)

// dataKeys is how many accounts the test of killed rotations has: each has a
// data key, and they take several transactions to be wrapped anew.
const dataKeys = 250

// sealMany makes a store as a first start does, with data keys, and returns
// what they seal.
func sealMany(t *testing.T, data string) map[csr.Owner]csr.Sealed {
	t.Helper()
	store, err := sqlstore.Serve(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	master, err := seal.CreateMasterKey(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(t.Context(), seal.NewMasterKeys(master), store)
	if err != nil {
		t.Fatal(err)
	}
	sealed := map[csr.Owner]csr.Sealed{}
	for owner := csr.Owner(1); owner <= dataKeys; owner++ {
		sealed[owner], err = sealer.Seal(t.Context(), csr.PurposeKeyPassword, owner, "1", csr.Plain("the secret of "+owner.String()))
		if err != nil {
			t.Fatal(err)
		}
	}
	return sealed
}

// rotated is what a test of killed rotations works with.
type rotated struct {
	data   string
	beside *sqlstore.Store
	root   *client

	up     sync.RWMutex // held while no server runs
	server *server
	lives  int // of the server
}

// now is the running server, when it runs.
func (r *rotated) now() (endpoint string, life int) {
	r.up.RLock()
	defer r.up.RUnlock()
	return r.server.endpoint, r.lives
}

func (r *rotated) killServer(t *testing.T) {
	r.up.Lock()
	defer r.up.Unlock()
	r.server.kill()
	r.server = serve(t, r.data, nil)
	r.lives++
}

// load creates drafts with passwords, and some CSRs with keys, until stop is
// closed. No answer may be an error; none may be lost but to a kill.
func (r *rotated) load(t *testing.T, c *client, name string, stop <-chan struct{}) (passwords map[int64]string, generated []int64) {
	passwords = map[int64]string{}
	pace := time.NewTicker(30 * time.Millisecond) // leaves the processors something for the rotation
	defer pace.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return passwords, generated
		case <-pace.C:
		}
		var life int
		c.endpoint, life = r.now()
		password := fmt.Sprintf("password-%s-%d", name, n)
		request := draftOf("www.example.com", "").with("KeyPassword", password)
		if n%4 == 0 {
			request = draftOf("www.example.com", "").with("Generate", true)
		}
		id, err := c.create(request)
		if err != nil {
			if _, now := r.now(); now == life || errors.As(err, new(*apiError)) {
				t.Errorf("%s: %v", name, err)
				return passwords, generated
			}
			continue
		}
		if n%4 == 0 {
			generated = append(generated, id)
		} else {
			passwords[id] = password
		}
	}
}

// check fails unless every data key is under a master key that the store says
// is in use and that is in one of the two files.
func (r *rotated) check(t *testing.T, when string) seal.Rotation {
	t.Helper()
	// The files first: until a rotation ends they only become more.
	var files []seal.KeyID
	for _, name := range []string{"master.key", "master.key.next"} {
		key, err := seal.ReadMasterKey(filepath.Join(r.data, name))
		if err == nil {
			files = append(files, key.ID())
		} else if name == "master.key" || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", when, err)
		}
	}
	state, err := r.beside.Rotation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	usage, err := seal.Use(t.Context(), r.beside, func(seal.DataKey) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for id := range usage {
		total += usage.Count(id)
		if id != state.Active && id != state.Previous {
			t.Errorf("%s: %d data keys are under %s, in use are %s and %s", when, usage.Count(id), id, state.Active, state.Previous)
		}
		if !slices.Contains(files, id) {
			t.Errorf("%s: %d data keys are under %s, in the files are %v", when, usage.Count(id), id, files)
		}
	}
	if want := int64(dataKeys + 2); total != want { // the root account's, and that of the record of rotations
		t.Errorf("%s: there are %d data keys, want %d", when, total, want)
	}
	return state
}

// rotating is a `csrd master-key rotate` that runs.
type rotating struct {
	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
}

func (r *rotated) start(t *testing.T) *rotating {
	t.Helper()
	p := &rotating{csrd(nil, "master-key", "rotate", "--data", r.data), newOutput(), make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // ProcessState says how it ended
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// whole waits for the end, which must be that of a rotation that is done.
func (p *rotating) whole(t *testing.T) {
	t.Helper()
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("csrd master-key rotate ends with code %d:\n%s", code, p.output)
	}
}

// kill kills it at a random point and reports whether it had not ended before.
func (p *rotating) kill(t *testing.T, r *rotated, random *rand.Rand, usual time.Duration) bool {
	t.Helper()
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(r.data, name))
		return err == nil
	}
	wait := min(usual, 400*time.Millisecond)
	switch random.IntN(6) {
	case 0: // as the next file is made, where it is not there yet
		p.await(func() bool { return exists("master.key.next") })
		wait = 5 * time.Millisecond
	case 1, 2: // while data keys are wrapped anew
		p.await(func() bool {
			state, err := r.beside.Rotation(t.Context())
			return err != nil || state.Rotating()
		})
		wait = 40 * time.Millisecond
	case 3: // as the files are put in their place
		before := len(oldKeys(t, r.data))
		p.await(func() bool { return len(oldKeys(t, r.data)) > before })
		wait = 3 * time.Millisecond
	}
	timer := time.NewTimer(time.Duration(random.Int64N(int64(wait))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ended:
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	code := p.cmd.ProcessState.ExitCode()
	if code > 0 {
		t.Errorf("csrd master-key rotate ends with code %d:\n%s", code, p.output)
	}
	return code < 0
}

// await waits until something is so or the rotation has ended.
func (p *rotating) await(isSo func() bool) {
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !isSo() {
		select {
		case <-again.C:
		case <-p.ended:
			return
		}
	}
}

// However often a rotation of the master key is killed, and its server with it,
// everything opens, and the next one goes on where it was.
func TestRotationSurvivesKill(t *testing.T) {
	t.Parallel()
	const kills = 50
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	sealed := sealMany(t, data)
	r := &rotated{data: data, server: serve(t, data, nil)}
	r.root = rootClient(t, r.server, data)
	var err error
	if r.beside, err = sqlstore.Open(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	defer r.beside.Close()

	stop := make(chan struct{})
	var group sync.WaitGroup
	var mu sync.Mutex
	passwords, generated := map[int64]string{}, []int64{}
	for i := range 2 {
		c := clientOf(t, r.server, r.root.credential)
		group.Go(func() {
			mine, keys := r.load(t, c, fmt.Sprint(i), stop)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(passwords, mine)
			generated = append(generated, keys...)
		})
	}
	defer group.Wait()
	stopLoad := sync.OnceFunc(func() { close(stop) })
	defer stopLoad()

	started := time.Now()
	r.start(t).whole(t)
	usual := time.Since(started)
	t.Logf("a rotation that is not killed takes %v", usual)
	killed, under, serverKills := 0, 0, 0
	for killed < kills {
		p := r.start(t)
		if random.IntN(6) == 0 {
			r.killServer(t)
			serverKills++
		}
		if p.kill(t, r, random, usual) {
			killed++
		}
		if r.check(t, fmt.Sprintf("after kill %d", killed)).Rotating() {
			under++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	r.start(t).whole(t)
	if r.check(t, "at the end").Rotating() {
		t.Error("the rotation that was let be has not ended")
	}
	stopLoad()
	group.Wait()
	t.Logf("%d kills, %d of them with data keys under two master keys or a rotation to end, %d of the server; %d rotations; %d passwords, %d keys",
		killed, under, serverKills, len(oldKeys(t, data)), len(passwords), len(generated))
	if under == 0 || len(passwords) == 0 || len(generated) == 0 {
		t.Error("that is no load, or no rotation was under way")
	}

	// Nothing needs any of the old master keys.
	for _, old := range oldKeys(t, data) {
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(data, "master.key?*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v, are left", left, err)
	}
	r.server.stop(t)
	r.server = serve(t, data, nil)
	r.root.endpoint = r.server.endpoint
	for id, want := range passwords {
		if page, err := r.root.describe(id); err != nil || page.KeyPassword == nil || *page.KeyPassword != want {
			t.Errorf("CSR %d has not the password %q: %v", id, want, err)
		}
	}
	for _, id := range generated {
		if err := checkGenerated(r.root, id); err != nil {
			t.Errorf("the generated CSR %d: %v", id, err)
		}
	}
	r.server.stop(t)
	openAll(t, r.beside, data, sealed)
	checkDatabase(t, data)
}

func oldKeys(t *testing.T, data string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "master.key.old-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// openSealer opens what is sealed in a store with the master key of its data directory.
func openSealer(t *testing.T, store *sqlstore.Store, data string) *seal.Sealer {
	t.Helper()
	master, err := seal.ReadMasterKey(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(t.Context(), seal.NewMasterKeys(master), store)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// openAll opens what sealMany sealed with the master key of the data directory.
func openAll(t *testing.T, store *sqlstore.Store, data string, sealed map[csr.Owner]csr.Sealed) {
	t.Helper()
	sealer := openSealer(t, store, data)
	for owner, text := range sealed {
		plain, err := sealer.Open(t.Context(), csr.PurposeKeyPassword, owner, "1", text)
		if want := "the secret of " + owner.String(); err != nil || string(plain) != want {
			t.Errorf("%s has not its secret: %v", owner, err)
		}
	}
}
