package ssl

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/quick"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

// What is encoded by hand is what encoding/json makes of the types that the
// documents show.
func TestListIsEncodedAsItsTypesSay(t *testing.T) {
	zone := time.FixedZone("UTC+8", 8*60*60)
	type response struct { // describeCSRSetResponse without its methods
		Total int64
		Set   []csrItem
		action.Reply
	}
	same := func(details [7]csr.Details, ids [7]int64, seconds uint32, total int64, from, to uint8, requestID string) bool {
		records := make([]csr.Record, len(details))
		for i := range records {
			details[i].SubjectAltName, details[i].Tags = nil, nil
			records[i] = csr.Record{ID: ids[i], Owner: csr.Owner(total), Details: details[i], Status: csr.Status(i % 2), CreateTime: time.Unix(int64(seconds)+int64(i), 0)}
		}
		i, j := int64(from%7), int64(to%7)
		i, j = min(i, j), max(i, j)+1
		blocks := encode(csr.Listing{Records: records, Total: total}, zone)
		got := (&describeCSRSetResponse{Total: total, Reply: action.Reply{RequestId: requestID}, rows: [][]byte{blocks[0].rows(i, j), blocks[0].rows(0, 7)}}).AppendJSON(nil)

		want := response{Total: total, Reply: action.Reply{RequestId: requestID}}
		for _, part := range [][]csr.Record{records[i:j], records} {
			for k := range part {
				want.Set = append(want.Set, csrItem{wire.RecordOf(&part[k]), wire.Time(part[k].CreateTime, zone)})
			}
		}
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(want); err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != text.String() {
			t.Logf("encoded is\n%s\nwant\n%s", got, text.String())
			return false
		}
		return true
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}
