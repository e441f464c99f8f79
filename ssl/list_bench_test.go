package ssl_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"csrd/internal/cam"
)

// BenchmarkList measures what policies and the record cost a signed
// DescribeCSRSet of ten items, over loopback: a user with three policies whose
// calls go on record, against a caller whom nobody asks, in pairs.
func BenchmarkList(b *testing.B) {
	h := newHarness(b)
	for range 100 {
		h.call(b, "operator", "CreateCSR", []byte(`{"Domain":"a.example.com","Organization":"Example","Department":"IT","Email":"a@example.com",`+
			`"Province":"Hunan","City":"Changsha","Country":"CN","EncryptAlgo":"ECC","KeyParameter":"prime256v1","Generate":false}`))
	}
	for _, name := range []string{"keeper", "cleaner"} {
		must(b, h.store.Attach(recording(h.store, h.sealer), accounts["alice"], cam.Attachment{User: "operator", Policy: name}))
	}
	authorizer, recorder := h.dispatcher.Authorizer, h.dispatcher.Recorder
	for n := range 10 {
		round, guarded := n/2, n%2 == 1
		b.Run(fmt.Sprintf("round %d, policies and record %v", round, guarded), func(b *testing.B) {
			h.dispatcher.Authorizer, h.dispatcher.Recorder = nil, nil
			if guarded {
				h.dispatcher.Authorizer, h.dispatcher.Recorder = authorizer, recorder
			}
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					response, err := http.DefaultClient.Do(h.newRequest(b, "operator", "DescribeCSRSet", []byte(`{"Limit":10}`)))
					if err != nil {
						b.Error(err)
						return
					}
					body, err := io.ReadAll(response.Body)
					response.Body.Close()
					if err != nil || len(body) < 1000 {
						b.Errorf("%v %s", err, body)
						return
					}
				}
			})
		})
	}
}
