package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"
)

// answered is a request that was answered, or refused.
type answered struct {
	requestID, action string
	key               bool // a private key was shown
}

// auditWorker makes changes, reads keys and is refused, and keeps what it was
// answered.
type auditWorker struct {
	*client
	random *rand.Rand
	drafts []int64
	made   []int64 // generated
	heard  []answered
}

// step does one thing at random. An error that is no refusal says that no
// answer came.
func (w *auditWorker) step() error {
	var response csrPage
	do := func(action string, p parameters) error {
		response = csrPage{}
		err := w.call(action, p, &response)
		var refusal *apiError
		switch {
		case errors.As(err, &refusal):
			w.heard = append(w.heard, answered{refusal.RequestId, action, false})
			return nil
		case err == nil:
			w.heard = append(w.heard, answered{response.RequestId, action, response.PrivateKey != nil})
		}
		return err
	}
	pick := func(ids []int64) int64 { return ids[w.random.IntN(len(ids))] }
	switch n := w.random.IntN(10); {
	case n < 2 && len(w.drafts) > 0:
		return do("ModifyCSR", parameters{"CSRId": pick(w.drafts), "Generate": false, "Remark": fmt.Sprint(len(w.heard))})
	case n < 4 && len(w.drafts) > 0:
		i := w.random.IntN(len(w.drafts))
		id := w.drafts[i]
		w.drafts = slices.Delete(w.drafts, i, i+1)
		return do("BatchDeleteCSR", parameters{"CSRIds": []int64{id}})
	case n < 6 && len(w.made) > 0:
		return do("DescribeCSR", parameters{"CSRId": pick(w.made)})
	case n == 6:
		return do("DescribeCSR", parameters{"CSRId": csr.MaxID})
	default:
		err := do("CreateCSR", draftOf("www.example.com", "").with("Generate", n == 9))
		if err == nil && n == 9 {
			w.made = append(w.made, response.Id)
		} else if err == nil {
			w.drafts = append(w.drafts, response.Id)
		}
		return err
	}
}

// However often the server is killed, each change has its entry in the record
// and each entry its change, whatever was answered is on record, and the chain
// verifies.
func TestChangesAndTheirRecordSurviveKillTogether(t *testing.T) {
	t.Parallel()
	const (
		kills   = 50
		workers = 4
		most    = 60 // answered before a kill
	)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, nil)
	credential := rootClient(t, s, data).credential
	var all []*auditWorker
	for i := range workers {
		all = append(all, &auditWorker{random: rand.New(rand.NewPCG(seed, uint64(i)+1))})
	}
	var total, entries int64
	for kill := range kills {
		var count atomic.Int64
		var killed atomic.Bool
		last := 1 + random.Int64N(most)
		var group sync.WaitGroup
		for _, w := range all {
			w.client = clientOf(t, s, credential)
			group.Go(func() {
				for {
					if err := w.step(); err != nil {
						if !killed.Load() {
							t.Errorf("before the kill: %v", err)
						}
						return
					}
					if count.Add(1) == last {
						killed.Store(true)
						s.kill()
					}
				}
			})
		}
		group.Wait()
		s.kill()
		total += count.Load()
		entries = checkRecord(t, data, all)
		if t.Failed() {
			t.Fatalf("after kill %d:\n%s", kill+1, s.stderr)
		}
		s = serve(t, data, nil)
	}
	s.stop(t)
	t.Logf("%d requests answered before %d kills; %d entries", total, kills, entries)
	if total < 3*kills {
		t.Error("that is no load")
	}
}

// checkRecord compares the record of a store that is not served with what is
// in the store, and with what the workers were answered.
func checkRecord(t *testing.T, data string, all []*auditWorker) (entries int64) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sealer := openSealer(t, store, data)
	chains, err := store.Chains(t.Context())
	if err != nil || len(chains) != 1 {
		t.Fatalf("the chains are %v, %v", chains, err)
	}
	report, err := audit.Verify(t.Context(), store, audit.NewKeys(store, sealer), chains[0])
	if err != nil || len(report.Faults) > 0 {
		t.Fatalf("the chain does not verify: %v, %v", report, err)
	}

	recorded := map[string]*audit.Entry{}
	done := map[string]map[string]int64{} // how often, by CSR and action
	err = store.Entries(t.Context(), audit.Filter{}, func(e *audit.Entry) error {
		if _, twice := recorded[e.RequestID]; twice {
			t.Errorf("the request %s is recorded twice", e.RequestID)
		}
		recorded[e.RequestID] = e
		for _, on := range e.Resources {
			if e.Outcome == audit.OK && strings.HasPrefix(on, audit.CSRPrefix) {
				if done[on] == nil {
					done[on] = map[string]int64{}
				}
				done[on][e.Action]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range all {
		for _, a := range w.heard {
			switch e := recorded[a.requestID]; {
			case e == nil:
				t.Errorf("%s was answered, and is not recorded: %s", a.action, a.requestID)
			case e.Action != "ssl:"+a.action || e.KeyRead != a.key:
				t.Errorf("recorded of %+v is %+v", a, e)
			}
		}
	}

	rows, err := querySQL(filepath.Join(data, "csrd.db"), "SELECT id, revision, 0 FROM csr UNION ALL SELECT id, revision, 1 FROM deleted_csr")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(rows) {
		var id, revision, deleted int64
		if _, err := fmt.Sscan(line, &id, &revision, &deleted); err != nil {
			t.Fatal(err)
		}
		on := audit.CSRPrefix + strconv.FormatInt(id, 10)
		got := [3]int64{done[on]["ssl:CreateCSR"], done[on]["ssl:ModifyCSR"], done[on]["ssl:BatchDeleteCSR"]}
		if want := [3]int64{1, revision - 1, deleted}; got != want {
			t.Errorf("CSR %d was created, modified and deleted %v times, recorded are %v", id, want, got)
		}
		delete(done, on)
	}
	for on, actions := range done {
		t.Errorf("recorded is %v of %s, which is not there", actions, on)
	}
	return report.Entries
}
