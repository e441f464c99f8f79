package csr_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"csrd/csr"
)

// gated is a generator that makes each RSA key, a small one, when it is told to.
type gated struct {
	*csr.Generator
	made chan string   // what is being made or was, in order
	gate chan struct{} // lets one be made; closed, all
}

func newGated(ahead int) *gated {
	g := &gated{csr.NewGenerator(csr.TencentAlgorithms, ahead), make(chan string, 1000), make(chan struct{})}
	g.MakeKeysWith(func(algorithm string) (crypto.Signer, error) {
		if !strings.HasPrefix(algorithm, "RSA") {
			return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		g.made <- algorithm
		<-g.gate
		return rsa.GenerateKey(rand.Reader, 1024)
	})
	return g
}

// settle waits until nothing goes on by itself; the time that passes is not real.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// result is what Generate returned.
type result struct {
	request string
	err     error
}

// generate begins to make a CSR, and waits until that is over or cannot go on.
func (g *gated) generate(ctx context.Context, encryptAlgo, keyParameter string, password csr.Secret) <-chan result {
	d := good()
	d.EncryptAlgo, d.KeyParameter = encryptAlgo, keyParameter
	done := make(chan result, 1)
	go func() {
		request, _, err := g.Generate(ctx, d, password)
		done <- result{request, err}
	}()
	settle()
	return done
}

// makeAhead begins to make keys ahead; stop ends it.
func (g *gated) makeAhead(t *testing.T, full func()) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.MakeAhead(ctx, full) }()
	settle()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// keys returns the figures of an algorithm.
func (g *gated) keys(t *testing.T, name string) csr.KeyStats {
	t.Helper()
	for _, k := range g.Stats().Keys {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("there are no figures of %s", name)
	return csr.KeyStats{}
}

func TestABurstOfLargeKeysIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated(0)
		if want := max(1, runtime.GOMAXPROCS(0)-1); g.Slots() != want {
			t.Errorf("there are %d slots, want %d", g.Slots(), want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var burst []<-chan result
		for range g.Slots() * (1 + csr.MaxWaiting) {
			burst = append(burst, g.generate(ctx, "RSA", "4096", ""))
		}
		if n := len(g.made); n != g.Slots() {
			t.Errorf("%d keys are being made at once, want %d", n, g.Slots())
		}
		if s := g.Stats(); s.Working != g.Slots() || s.Waiting != g.Slots()*csr.MaxWaiting {
			t.Errorf("%d work and %d wait", s.Working, s.Waiting)
		}

		// There is no turn for one more, nor for encrypting a key that costs nothing.
		for _, algo := range []struct {
			encryptAlgo, keyParameter string
			password                  csr.Secret
		}{{"RSA", "2048", ""}, {"ECC", "prime256v1", "p4ssword"}} {
			if r := <-g.generate(ctx, algo.encryptAlgo, algo.keyParameter, algo.password); !errors.Is(r.err, csr.ErrBusy) {
				t.Errorf("one more, %s: %v, want %v", algo.encryptAlgo, r.err, csr.ErrBusy)
			}
		}
		// What costs little does not wait.
		if r := <-g.generate(ctx, "ECC", "prime256v1", ""); r.err != nil {
			t.Error(r.err)
		}

		cancel()
		settle()
		close(g.gate)
		made := 0
		for _, done := range burst {
			switch r := <-done; {
			case r.err == nil:
				made++
			case !errors.Is(r.err, csr.ErrBusy) || !errors.Is(r.err, context.Canceled):
				t.Errorf("one that gave up waiting: %v", r.err)
			}
		}
		if made != g.Slots() {
			t.Errorf("%d keys were made, want those under way, %d", made, g.Slots())
		}
		if s := g.Stats(); s.Working != 0 || s.Waiting != 0 {
			t.Errorf("in the end %d work and %d wait", s.Working, s.Waiting)
		}
	})
}

func TestKeysAreMadeAheadTakenOnceAndReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ahead = 3
		g := newGated(ahead)
		close(g.gate)
		full := 0
		stop := g.makeAhead(t, func() { full++ })
		for _, name := range []string{"RSA 2048", "RSA 4096"} {
			if k := g.keys(t, name); k != (csr.KeyStats{Name: name, Pooled: true, Ready: ahead, Ahead: ahead}) {
				t.Errorf("when all are ready: %+v", k)
			}
		}
		if k := g.keys(t, "ECC prime256v1"); k.Pooled || k.Ahead > 0 {
			t.Errorf("keys that cost nothing are made ahead: %+v", k)
		}

		seen := map[string]bool{}
		for range 3 * ahead {
			r := <-g.generate(t.Context(), "RSA", "2048", "")
			if r.err != nil {
				t.Fatal(r.err)
			}
			public := string(parse(t, r.request).RawSubjectPublicKeyInfo)
			if seen[public] {
				t.Fatal("a key was handed out twice")
			}
			seen[public] = true
		}
		if k := g.keys(t, "RSA 2048"); k.Ready != ahead || k.Ahead != 4*ahead || k.OnDemand != 0 {
			t.Errorf("after %d were taken: %+v", 3*ahead, k)
		}
		if full != 1 {
			t.Errorf("it was told %d times that all are ready", full)
		}
		stop()
		if k := g.keys(t, "RSA 2048"); k.Ready != 0 {
			t.Errorf("after the end %d keys are kept", k.Ready)
		}
		if r := <-g.generate(t.Context(), "RSA", "2048", ""); r.err != nil {
			t.Errorf("after the end: %v", r.err)
		}
	})
}

func TestAKeyMadeAheadIsThereWhileOthersHaveAllTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated(1)
		close(g.gate)
		stop := g.makeAhead(t, func() {})
		defer stop()
		release := g.Occupy(g.Slots())

		if r := <-g.generate(t.Context(), "RSA", "2048", ""); r.err != nil {
			t.Error(r.err)
		}
		encrypted := g.generate(t.Context(), "RSA", "4096", "p4ssword")
		if len(encrypted) > 0 {
			t.Errorf("a key was encrypted out of turn: %v", (<-encrypted).err)
		}
		if k := g.keys(t, "RSA 2048"); k.Ready != 0 || k.Ahead != 1 {
			t.Errorf("a key was made ahead out of turn: %+v", k)
		}
		for range g.Slots() {
			release()
		}
		if r := <-encrypted; r.err != nil {
			t.Error(r.err)
		}
		settle()
		if k := g.keys(t, "RSA 4096"); k.Ready != 1 || k.Ahead != 2 || k.OnDemand != 0 {
			t.Errorf("a key that is encrypted is taken from those made ahead: %+v", k)
		}
	})
}

func TestCallersComeBeforeKeysMadeAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated(1)
		release := g.Occupy(g.Slots())
		stop := g.makeAhead(t, func() {})
		caller := g.generate(t.Context(), "RSA", "4096", "")
		release()
		settle()
		if first := <-g.made; first != "RSA 4096" || g.Stats().Waiting != 0 {
			t.Errorf("%s was made first, with %d waiting", first, g.Stats().Waiting)
		}
		close(g.gate)
		if r := <-caller; r.err != nil {
			t.Error(r.err)
		}
		settle()
		if k := g.keys(t, "RSA 4096"); k.OnDemand != 1 || k.Ready != 1 {
			t.Errorf("%+v", k)
		}
		stop()
	})
}

func TestWhoWaitsGetsTheKeyThatIsBeingMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated(1)
		g.Occupy(g.Slots() - 1)
		stop := g.makeAhead(t, func() {}) // has the last slot, for RSA 2048
		caller := g.generate(t.Context(), "RSA", "2048", "")
		if len(caller) > 0 || g.Stats().Waiting != 1 {
			t.Fatalf("%d wait", g.Stats().Waiting)
		}
		g.gate <- struct{}{}
		if r := <-caller; r.err != nil {
			t.Error(r.err)
		}
		if k := g.keys(t, "RSA 2048"); k.OnDemand != 0 || k.Ahead != 1 {
			t.Errorf("%+v", k)
		}
		close(g.gate)
		stop()
	})
}

func TestMakingAheadEndsWithTheKeyUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated(2)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.MakeAhead(ctx, func() {}) }()
		settle()
		cancel()
		settle()
		if len(done) > 0 {
			t.Error("it left a key behind that is being made")
		}
		close(g.gate)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := g.Stats(); s.Working != 0 || len(g.made) != 1 || g.keys(t, "RSA 2048").Ready != 0 {
			t.Errorf("in the end %d work, %d keys were begun: %+v", s.Working, len(g.made), s.Keys)
		}
	})
}

func TestAKeyThatCannotBeMadeIsAnError(t *testing.T) {
	broken := errors.New("no entropy")
	g := csr.NewGenerator(csr.TencentAlgorithms, 1)
	g.MakeKeysWith(func(string) (crypto.Signer, error) { return nil, broken })
	if err := g.MakeAhead(t.Context(), func() {}); !errors.Is(err, broken) {
		t.Errorf("ahead: %v", err)
	}
	for _, algo := range []string{"RSA", "ECC"} {
		d := good()
		d.EncryptAlgo, d.KeyParameter = algo, map[string]string{"RSA": "2048", "ECC": "prime256v1"}[algo]
		if _, _, err := g.Generate(t.Context(), d, ""); !errors.Is(err, broken) {
			t.Errorf("%s: %v", algo, err)
		}
	}
	if s := g.Stats(); s.Working != 0 {
		t.Errorf("%d slots are not given back", s.Working)
	}
}

func TestNothingIsMadeAheadUnlessAsked(t *testing.T) {
	if err := tencent().MakeAhead(t.Context(), func() { t.Error("something was made ahead") }); err != nil {
		t.Error(err)
	}
}
