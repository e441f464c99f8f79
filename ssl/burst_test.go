package ssl_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"csrd/action"
	"csrd/csr"
)

// createBody is a request for a CSR with a key.
func createBody(encryptAlgo, keyParameter string) []byte {
	return []byte(`{"Domain":"www.example.com","Organization":"Example","Department":"IT","Email":"pki@example.com","Province":"Hunan",` +
		`"City":"Changsha","Country":"CN","EncryptAlgo":"` + encryptAlgo + `","KeyParameter":"` + keyParameter + `","Generate":true}`)
}

// More large keys are asked for than can be made, all at once: only as many are
// being made as leaves a processor free, lists are answered meanwhile, and who
// cannot wait is told so.
func TestABurstOfLargeKeysLeavesListsAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // whatever the machine: one key at a time, and so many wait
	generator := csr.NewGenerator(csr.TencentAlgorithms, 0)
	h := newHarnessOf(t, generator)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const burst = 100
	refused := make(chan []byte, burst)
	var over sync.WaitGroup
	body := createBody("RSA", "4096")
	for range burst {
		r := h.newRequest(t, "alice", "CreateCSR", body).WithContext(ctx)
		over.Go(func() {
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				return // given up in the end
			}
			defer response.Body.Close()
			if answer, err := io.ReadAll(response.Body); err == nil && bytes.Contains(answer, []byte(`"Error"`)) {
				refused <- answer
			}
		})
	}
	go func() { over.Wait(); close(refused) }()
	answer := string(<-refused) // "" when all were made
	for _, want := range []string{`"Code":"` + string(action.CodeServiceUnavailable) + `"`, "busy making other keys"} {
		if !strings.Contains(answer, want) {
			t.Errorf("one too many is answered %s, want %s", answer, want)
		}
	}
	for range 20 {
		if answer := h.call(t, "alice", "DescribeCSRSet", []byte(`{"Limit":10}`)); !bytes.Contains(answer, []byte(`"Total"`)) {
			t.Errorf("a list meanwhile: %s", answer)
		}
	}
	if s := generator.Stats(); s.Working != 1 || s.Waiting == 0 {
		t.Errorf("when the lists are answered %d keys are being made and %d wait; want 1, and others that still wait", s.Working, s.Waiting)
	}
	cancel()
	over.Wait()
}
