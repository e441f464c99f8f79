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

// imported is what ImportCSR answers.
type imported struct {
	ID                 int64 `json:"Id"`
	Existing, KeyAdded bool
}

func importedOf(t *testing.T, answer []byte) imported {
	t.Helper()
	var envelope struct{ Response imported }
	must(t, json.Unmarshal(answer, &envelope))
	if envelope.Response.ID == 0 {
		t.Errorf("answered %s", answer)
	}
	return envelope.Response
}

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
	first, ids := 0, map[int64]bool{}
	for _, answer := range answers {
		got := importedOf(t, answer)
		ids[got.ID] = true
		if !got.Existing {
			first++
		}
	}
	if first != 1 || len(ids) != 1 {
		t.Errorf("%d of %d recorded it, under the ids %v, want one", first, at, ids)
	}
	h.wantOne(t)
}

// What happens between looking for a CSR and writing, in another request, is
// seen: nothing is recorded twice, and no key is lost.
func TestWhatHappensMeanwhileIsSeen(t *testing.T) {
	made := fixtures(t)
	bare, keyed := []byte(made.Replace(`{"CSR": "${csr}$"}`)), []byte(made.Replace(`{"CSR": "${csr}$", "PrivateKey": "${key}$"}`))
	call := func(h *harness, body []byte) imported {
		return importedOf(t, h.call(t, apitest.Step{Action: "ImportCSR", Account: "alice"}, body))
	}
	for _, test := range []struct {
		name              string
		before, meanwhile []byte // each of them the body of an import; nil for none
		send              []byte
		want              imported // its ID is whether it is that of the other's record
		deleted           bool     // meanwhile the record is deleted
	}{
		{name: "it is recorded", meanwhile: bare, send: bare, want: imported{ID: 1, Existing: true}},
		{name: "it is recorded without its key", meanwhile: bare, send: keyed, want: imported{ID: 1, Existing: true, KeyAdded: true}},
		{name: "its key is added", before: bare, meanwhile: keyed, send: keyed, want: imported{ID: 1, Existing: true}},
		{name: "it is deleted", before: bare, deleted: true, send: keyed, want: imported{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHarness(t)
			var other imported
			if test.before != nil {
				other = call(h, test.before)
			}
			h.fault.meanwhile = func() {
				if test.meanwhile != nil {
					other = call(h, test.meanwhile)
				}
				if test.deleted {
					h.call(t, apitest.Step{Action: "BatchDeleteCSR", Account: "alice"}, []byte(`{"CSRIds": [1]}`))
				}
			}
			got := call(h, test.send)
			sameID := got.ID == other.ID
			if got.ID = 0; sameID {
				got.ID = 1
			}
			if got != test.want {
				t.Errorf("answered %+v, want %+v", got, test.want)
			}
			h.wantOne(t)
		})
	}
}

// wantOne fails unless alice has one CSR.
func (h *harness) wantOne(t *testing.T) {
	t.Helper()
	if list := h.call(t, apitest.Step{Action: "DescribeCSRSet", Account: "alice"}, []byte("{}")); !bytes.Contains(list, []byte(`"Total":1,`)) {
		t.Errorf("the list is %s", list)
	}
}
