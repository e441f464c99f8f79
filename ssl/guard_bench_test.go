package ssl_test

import (
	"net/http"
	"testing"

	"csrd/internal/cam"
)

// BenchmarkPoliciesAndRecord measures what policies and the record cost a
// signed page of ten: the rate of a user with three policies, whose calls go on
// record, against that of the same caller where nobody is asked and nothing is
// recorded. As in BenchmarkSignedDescribeCSRSet, in pairs.
func BenchmarkPoliciesAndRecord(b *testing.B) {
	h := newHarness(b)
	fill(b, h, 100)
	for _, name := range []string{"keeper", "cleaner"} {
		must(b, h.store.Attach(recording(h.store, h.sealer), accounts["alice"], cam.Attachment{User: "operator", Policy: name}))
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
	authorizer, recorder := h.dispatcher.Authorizer, h.dispatcher.Recorder
	var ratios, without, with []float64
	for b.Loop() {
		h.dispatcher.Authorizer, h.dispatcher.Recorder = nil, nil
		unguarded := rate(b, h, client, h.url, "operator")
		h.dispatcher.Authorizer, h.dispatcher.Recorder = authorizer, recorder
		guarded := rate(b, h, client, h.url, "operator")
		ratios, without, with = append(ratios, guarded/unguarded), append(without, unguarded), append(with, guarded)
	}
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(without), "without-req/s")
	b.ReportMetric(median(with), "with-req/s")
	b.ReportMetric(0, "ns/op")
}
