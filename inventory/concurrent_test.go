package inventory_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"csrd/internal/apitest"
	"csrd/inventory"
)

// The same CSR sent many times at once is recorded once.
func TestTheSameCSRAtOnceIsRecordedOnce(t *testing.T) {
	const at = 16
	h := newHarness(t)
	body := []byte(fixtures(t).Replace(`{"CSR": "${csr}$"}`))
	requests := make([]*http.Request, at)
	for i := range requests {
		requests[i] = h.newRequest(t, apitest.Step{Action: "ImportCSR", Account: "alice"}, inventory.Version, inventory.Product, body)
	}
	answers := make([][]byte, at)
	var wait sync.WaitGroup
	for i := range requests {
		wait.Go(func() { answers[i] = send(t, requests[i]) })
	}
	wait.Wait()
	first := 0
	for _, answer := range answers {
		var envelope struct {
			Response struct {
				Id       int64
				Existing bool
			}
		}
		must(t, json.Unmarshal(answer, &envelope))
		if envelope.Response.Id != 1 {
			t.Errorf("answered %s", answer)
		}
		if !envelope.Response.Existing {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d of %d recorded it, want 1", first, at)
	}
	if list := h.call(t, apitest.Step{Action: "DescribeCSRSet", Account: "alice"}, []byte("{}")); !bytes.Contains(list, []byte(`"Total":1,`)) {
		t.Errorf("the list is %s", list)
	}
}
