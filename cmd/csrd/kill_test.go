package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kept is what a client knows of a CSR that it created.
type kept struct {
	remark    string // as last acknowledged
	maybe     string // of a modification whose answer was lost; "" for none
	generated bool
	deleted   bool
	unsure    bool // a deletion's answer was lost
}

// worker is a client that works alone on its CSRs, so that it knows them.
type worker struct {
	name string
	*client
	random *rand.Rand

	made    int
	own     map[int64]*kept
	pending string // the remark of a creation whose answer was lost; "" for none
}

// step does one thing at random. An error says that no answer came.
func (w *worker) step() error {
	var open []int64 // drafts that can be worked on
	for _, id := range slices.Sorted(maps.Keys(w.own)) {
		if k := w.own[id]; !k.deleted && !k.generated {
			open = append(open, id)
		}
	}
	switch n := w.random.IntN(10); {
	case n < 2 && len(open) > 0:
		return w.change(open[w.random.IntN(len(open))])
	case n < 4 && len(open) > 0:
		return w.remove(open[w.random.IntN(len(open))])
	default:
		return w.add(n == 9)
	}
}

func (w *worker) nextRemark() string {
	w.made++
	return fmt.Sprintf("%s-%d", w.name, w.made)
}

// detailsOf are the parameters of a CSR with a remark: it says what the others are.
func detailsOf(remark string, generate bool) parameters {
	domain, algo := filterOf(remark, generate)
	return draftOf(domain, remark).with("Generate", generate).with("EncryptAlgo", algo).
		with("KeyParameter", map[string]string{"ECC": "prime256v1", "RSA": "2048"}[algo])
}

// filterOf returns by what a list finds a CSR with a remark.
func filterOf(remark string, generated bool) (domain, algo string) {
	n := crc32.ChecksumIEEE([]byte(remark))
	domain, algo = fmt.Sprintf("d%d.example.com", n%3), []string{"ECC", "RSA"}[n/3%2]
	if generated {
		algo = "ECC" // quickly made
	}
	return domain, algo
}

func (w *worker) add(generate bool) error {
	remark := w.nextRemark()
	w.pending = remark
	id, err := w.create(detailsOf(remark, generate))
	if err != nil {
		return err
	}
	w.pending = ""
	if w.own[id] != nil {
		return fmt.Errorf("the id %d was given a second time", id)
	}
	w.own[id] = &kept{remark: remark, generated: generate}
	return nil
}

func (w *worker) change(id int64) error {
	k := w.own[id]
	k.maybe = w.nextRemark()
	if err := w.modify(id, detailsOf(k.maybe, false)); err != nil {
		return err
	}
	k.remark, k.maybe = k.maybe, ""
	return nil
}

func (w *worker) remove(id int64) error {
	k := w.own[id]
	k.unsure = true
	deleted, err := w.delete(id)
	if err != nil {
		return err
	}
	if !slices.Equal(deleted, []int64{id}) {
		return fmt.Errorf("the deletion of %d answers %v", id, deleted)
	}
	k.unsure, k.deleted = false, true
	return nil
}

// settle compares what the worker knows with the store after a restart. What
// it did not know, it knows then: the store must not change it any more.
func (w *worker) settle(t *testing.T, stored map[int64]csrPage, byRemark map[string]int64) {
	if id, ok := byRemark[w.pending]; ok && w.pending != "" {
		w.own[id] = &kept{remark: w.pending, generated: stored[id].Status == 1}
	}
	w.pending = ""
	for id, k := range w.own {
		page, there := stored[id]
		switch {
		case k.deleted && there:
			t.Errorf("CSR %d of %s was deleted and is there again", id, w.name)
		case k.deleted:
		case k.unsure && !there:
			k.unsure, k.deleted = false, true
		case !there:
			t.Errorf("CSR %d of %s was created and is gone", id, w.name)
		case page.Remarks != k.remark && (k.maybe == "" || page.Remarks != k.maybe):
			t.Errorf("CSR %d of %s has the remark %q, want %q (or %q)", id, w.name, page.Remarks, k.remark, k.maybe)
		case (page.Status == 1) != k.generated:
			t.Errorf("CSR %d of %s has the status %d, generated is %v", id, w.name, page.Status, k.generated)
		default:
			k.remark, k.maybe, k.unsure = page.Remarks, "", false
		}
	}
}

// checkGenerated fails unless a CSR has a key and a request that belong together.
func checkGenerated(c *client, id int64) error {
	page, err := c.describe(id)
	if err != nil {
		return err
	}
	if page.CSR == nil || page.PrivateKey == nil {
		return errors.New("it has no CSR or no key")
	}
	requestBlock, _ := pem.Decode([]byte(*page.CSR))
	keyBlock, _ := pem.Decode([]byte(*page.PrivateKey))
	if requestBlock == nil || keyBlock == nil {
		return errors.New("its CSR or key is no PEM")
	}
	request, err := x509.ParseCertificateRequest(requestBlock.Bytes)
	if err != nil {
		return err
	}
	if err := request.CheckSignature(); err != nil {
		return err
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return err
	}
	if private, ok := key.(*ecdsa.PrivateKey); !ok || !private.PublicKey.Equal(request.PublicKey) {
		return errors.New("its key is not that of its CSR")
	}
	return nil
}

func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	t.Parallel()
	const (
		leastRounds = 10
		mostRounds  = 25
		enough      = 12 * time.Second // for more than the least
		workers     = 6
		most        = 200 // acknowledged before a kill
	)
	started := time.Now()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data, nil)
	root := rootClient(t, s, data)
	var all []*worker
	for i := range workers {
		all = append(all, &worker{
			name: fmt.Sprintf("worker%d", i), random: rand.New(rand.NewPCG(seed, uint64(i)+1)), own: map[int64]*kept{},
		})
	}
	total := int64(0)
	rounds := 0
	for ; rounds < leastRounds || rounds < mostRounds && time.Since(started) < enough; rounds++ {
		var acknowledged atomic.Int64
		var killed atomic.Bool
		last := 1 + random.Int64N(most)
		var group sync.WaitGroup
		for _, w := range all {
			w.client = clientOf(t, s, root.credential)
			group.Go(func() {
				for {
					err := w.step()
					var refusal *apiError
					switch {
					case errors.As(err, &refusal):
						t.Errorf("%s: %v", w.name, err)
						return
					case err != nil && !killed.Load():
						t.Errorf("%s, before the kill: %v", w.name, err)
						return
					case err != nil:
						return
					}
					if acknowledged.Add(1) == last {
						killed.Store(true)
						s.kill()
					}
				}
			})
		}
		group.Wait()
		s.kill()
		if t.Failed() {
			t.Fatalf("round %d:\n%s", rounds, s.stderr)
		}
		total += acknowledged.Load()

		s = serve(t, data, nil)
		root.endpoint = s.endpoint
		settleAll(t, root, all)
		if t.Failed() {
			t.Fatalf("after the kill of round %d", rounds)
		}
	}
	t.Logf("%d writes acknowledged in %d rounds", total, rounds)
	if total < int64(rounds)*workers {
		t.Error("that is no load")
	}
	s.stop(t)
	checkDatabase(t, data)
}

// settleAll reads the store after a restart and compares it with what the
// workers know.
func settleAll(t *testing.T, root *client, all []*worker) {
	t.Helper()
	pages, err := root.list()
	if err != nil {
		t.Fatal(err)
	}
	stored, byRemark := map[int64]csrPage{}, map[string]int64{}
	for _, page := range pages {
		if _, twice := stored[page.Id]; twice {
			t.Errorf("the id %d is there twice", page.Id)
		}
		if other, twice := byRemark[page.Remarks]; twice {
			t.Errorf("%d and %d are of one creation", other, page.Id)
		}
		stored[page.Id], byRemark[page.Remarks] = page, page.Id
		if domain, algo := filterOf(page.Remarks, page.Status == 1); page.Domain != domain || page.EncryptAlgo != algo {
			t.Errorf("CSR %d with the remark %q is of %s and %s, want %s and %s: half of it was written", page.Id, page.Remarks, page.Domain, page.EncryptAlgo, domain, algo)
		}
	}
	checkLists(t, root, pages)
	known := map[int64]string{}
	for _, w := range all {
		w.settle(t, stored, byRemark)
		for id, k := range w.own {
			if other, twice := known[id]; twice {
				t.Errorf("the id %d was given to %s and to %s", id, other, w.name)
			}
			known[id] = w.name
			if k.deleted {
				if _, err := root.describe(id); !isAPIError(err, "InvalidParameter.InvalidCSRId") {
					t.Errorf("the deleted CSR %d is described: %v", id, err)
				}
			}
			if k.generated && !k.deleted {
				if err := checkGenerated(root, id); err != nil {
					t.Errorf("the generated CSR %d of %s: %v", id, w.name, err)
				}
			}
		}
	}
	for id, page := range stored {
		if _, ok := known[id]; !ok {
			t.Errorf("nobody created CSR %d with the remark %q", id, page.Remarks)
		}
	}
}

// checkLists compares every page and total, for every filter, with a plain walk
// over all that there is.
func checkLists(t *testing.T, c *client, all []csrPage) {
	t.Helper()
	for _, domain := range []string{"", "d0.example.com", "d1.example.com", "d2.example.com", "none.example.com"} {
		for _, algo := range []string{"", "ECC", "RSA"} {
			var want []int64
			for _, page := range all {
				if (domain == "" || page.Domain == domain) && (algo == "" || page.EncryptAlgo == algo) {
					want = append(want, page.Id)
				}
			}
			limit := 1 + (7*len(all)+len(want))%100
			for offset := 0; offset <= len(want); offset += limit {
				var got struct {
					Total int
					Set   []csrPage
				}
				if err := c.call("DescribeCSRSet", parameters{"Domain": domain, "EncryptAlgo": algo, "Offset": offset, "Limit": limit}, &got); err != nil {
					t.Fatal(err)
				}
				ids := make([]int64, len(got.Set))
				for i, page := range got.Set {
					ids[i] = page.Id
				}
				if page := want[offset:min(offset+limit, len(want))]; got.Total != len(want) || !slices.Equal(ids, page) {
					t.Errorf("%d from %d of domain %q and algorithm %q are %v of %d, want %v of %d", limit, offset, domain, algo, ids, got.Total, page, len(want))
				}
			}
		}
	}
}

func isAPIError(err error, code string) bool {
	var refusal *apiError
	return errors.As(err, &refusal) && refusal.Code == code
}

// checkDatabase looks at the file of a store that is not served.
func checkDatabase(t *testing.T, data string) {
	t.Helper()
	for _, test := range []struct{ statement, want string }{
		{"PRAGMA integrity_check", "ok\n"},
		{"PRAGMA foreign_key_check", ""},
		{`SELECT count(*) FROM csr_detail d WHERE NOT EXISTS (SELECT 1 FROM csr c WHERE c.owner_uin = d.owner_uin AND c.id = d.id)
			AND NOT EXISTS (SELECT 1 FROM deleted_csr c WHERE c.owner_uin = d.owner_uin AND c.id = d.id)`, "0\n"},
		{`SELECT count(*) FROM csr c JOIN deleted_csr d ON c.owner_uin = d.owner_uin AND c.id = d.id`, "0\n"},
	} {
		got, err := querySQL(filepath.Join(data, "csrd.db"), test.statement)
		if err != nil || got != test.want {
			t.Errorf("%s: %q (%v), want %q", test.statement, got, err, test.want)
		}
	}
}

// However far a first start had come, the next one gives the store an account
// whose key somebody knows.
func TestKilledFirstStartLocksNobodyOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"csrd.db", "csrd.lock", "csrd.db-wal", "csrd.db-shm", "master.key", "root-credentials"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			cmd := csrd(nil, serveArgs(data, nil)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			eventually(t, "the first start makes "+name, func() bool {
				_, err := os.Stat(filepath.Join(data, name))
				return err == nil
			})
			_ = cmd.Process.Kill()
			_ = cmd.Wait()

			s := serve(t, data, nil)
			if _, err := rootClient(t, s, data).create(draftOf("www.example.com", "")); err != nil {
				t.Error(err)
			}
			s.stop(t)
			checkDatabase(t, data)
			files, err := filepath.Glob(filepath.Join(data, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				info, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				if mode := info.Mode().Perm(); mode&0o077 != 0 {
					t.Errorf("others may use %s: its mode is %04o", file, mode)
				}
			}
		})
	}
}
