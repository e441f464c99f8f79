package ssl_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/csr"
)

const (
	creates       = 80                    // of one iteration
	createsEvery  = time.Second / 8       // they come whether the last is answered or not
	listsEvery    = 20 * time.Millisecond // as do the lists
	listsMeasured = 250
)

// BenchmarkCreateCSR tells how long callers wait for a CSR with an RSA key of
// 2048 bits, without keys made ahead and with the default number of them. A key
// on a curve costs nothing: what that takes is all but the making of keys.
func BenchmarkCreateCSR(b *testing.B) {
	for _, test := range []struct {
		name, encryptAlgo, keyParameter string
		ahead                           int
	}{
		{"RSA 2048, pool 0", "RSA", "2048", 0},
		{"RSA 2048, pool 8", "RSA", "2048", 8},
		{"ECC prime256v1", "ECC", "prime256v1", 0},
	} {
		b.Run(test.name, func(b *testing.B) {
			generator := csr.NewGenerator(csr.TencentAlgorithms, test.ahead)
			h := newHarnessOf(b, generator)
			makeAhead(b, generator, true)
			var took []time.Duration
			for b.Loop() {
				took = append(took, paced(b, h, creates, createsEvery, "CreateCSR", createBody(test.encryptAlgo, test.keyParameter), `"Id"`)...)
			}
			report(b, took)
		})
	}
}

// BenchmarkDescribeCSRSetMeanwhile tells how long lists take while keys are
// being made: none, ahead, and for a burst of callers.
func BenchmarkDescribeCSRSetMeanwhile(b *testing.B) {
	for _, meanwhile := range []string{"nothing", "keys are made ahead", "a burst of RSA 4096"} {
		b.Run(meanwhile, func(b *testing.B) {
			ahead := 0
			if meanwhile == "keys are made ahead" {
				ahead = csr.MaxAhead // never full
			}
			generator := csr.NewGenerator(csr.TencentAlgorithms, ahead)
			h := newHarnessOf(b, generator)
			fill(b, h, 100)
			makeAhead(b, generator, false)
			if meanwhile == "a burst of RSA 4096" {
				defer burst(b, h)()
			}
			var took []time.Duration
			for b.Loop() {
				took = append(took, paced(b, h, listsMeasured, listsEvery, "DescribeCSRSet", []byte(`{"Limit":10}`), `"Total"`)...)
			}
			report(b, took)
		})
	}
}

// paced sends a request n times, one every so often, and returns how long each
// took from the moment when it was due.
func paced(b *testing.B, h *harness, n int, every time.Duration, name string, body []byte, want string) []time.Duration {
	took := make([]time.Duration, n)
	var wg sync.WaitGroup
	started := time.Now()
	for i := range n {
		due := started.Add(time.Duration(i) * every)
		request := h.newRequest(b, "alice", name, body)
		time.Sleep(time.Until(due)) // the pace is what is measured
		wg.Go(func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				b.Error(err)
				return
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err != nil || !bytes.Contains(answer, []byte(want)) {
				b.Errorf("%s: %v", answer, err)
			}
			took[i] = time.Since(due)
		})
	}
	wg.Wait()
	return took
}

// makeAhead makes keys ahead until the benchmark ends, and waits until there
// are all of them.
func makeAhead(b *testing.B, generator *csr.Generator, wait bool) {
	ctx, cancel := context.WithCancel(context.Background())
	full, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- generator.MakeAhead(ctx, func() { close(full) }) }()
	b.Cleanup(func() { cancel(); must(b, <-done) })
	if wait && slices.ContainsFunc(generator.Stats().Keys, func(k csr.KeyStats) bool { return k.Pooled }) {
		<-full
	}
}

// burst has callers ask for large keys, more than are made, until it is stopped.
func burst(b *testing.B, h *harness) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	for range 32 {
		request := h.newRequest(b, "alice", "CreateCSR", createBody("RSA", "4096"))
		wg.Go(func() {
			for ctx.Err() == nil {
				again := request.Clone(ctx)
				again.Body, _ = request.GetBody()
				response, err := http.DefaultClient.Do(again)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(percent int) float64 { return took[(len(took)-1)*percent/100].Seconds() * 1000 }
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}
