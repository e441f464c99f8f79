package ssl_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/csr"
)

// BenchmarkSignedDescribeCSRSet compares a signed page of ten over loopback
// with a handler that reads the same request and writes the same bytes without
// work. Each iteration is a pair of blocks, one of each, so that a noisy
// machine troubles both; what is reported are medians over the pairs.
func BenchmarkSignedDescribeCSRSet(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("%d CSRs", size), func(b *testing.B) {
			h := newHarness(b)
			fill(b, h, size)
			answer := h.call(b, "alice", "DescribeCSRSet", []byte(`{"Limit":10}`))
			if n := bytes.Count(answer, []byte(`"Domain"`)); n != 10 {
				b.Fatalf("the page has %d CSRs: %s", n, answer)
			}
			bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(answer)
			}))
			defer bare.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}

			var ratios, bareRates, rates []float64
			for b.Loop() {
				bareRate := rate(b, h, client, bare.URL, "alice")
				own := rate(b, h, client, h.url, "alice")
				ratios, bareRates, rates = append(ratios, own/bareRate), append(bareRates, bareRate), append(rates, own)
			}
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(median(bareRates), "bare-req/s")
			b.ReportMetric(median(rates), "csrd-req/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

const (
	benchClients = 8
	benchBlock   = 300 * time.Millisecond
)

// rate sends signed requests of a caller from several clients for a while.
func rate(b *testing.B, h *harness, client *http.Client, url, caller string) float64 {
	body := []byte(`{"Limit":10}`)
	signed := h.newRequest(b, caller, "DescribeCSRSet", body)
	var mu sync.Mutex
	total := 0
	started := time.Now()
	var wg sync.WaitGroup
	for range benchClients {
		wg.Go(func() {
			n := 0
			for time.Since(started) < benchBlock {
				r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header, r.Host = signed.Header, signed.URL.Host
				response, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				size, err := io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err != nil || size < 1000 {
					b.Errorf("an answer of %d bytes: %v", size, err)
					return
				}
				n++
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
		})
	}
	wg.Wait()
	return float64(total) / time.Since(started).Seconds()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func fill(b *testing.B, h *harness, n int) {
	for range n {
		id, err := h.store.NewID(b.Context())
		must(b, err)
		must(b, h.store.Create(recording(h.store, h.sealer), &csr.CSR{Record: csr.Record{
			ID: id, Owner: accounts["alice"], CreateTime: h.now,
			Details: csr.Details{
				Domain: "zz.hathlim.cn", Organization: "yunzhi", Department: "Light", Email: "171008474@qq.com",
				Province: "Hunan", City: "changsha", Country: "CN", EncryptAlgo: "RSA", KeyParameter: "2048",
			},
		}}))
	}
}
