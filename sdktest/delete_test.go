package sdktest

import (
	"slices"
	"testing"
)

// deletion deletes some CSRs of a domain, and asks for more than there are.
func deletion(t *testing.T, s sdk) {
	d := sampleDetails(uniqueDomain())
	var ids []int64
	for range 4 {
		ids = append(ids, create(t, s, false, d, nil))
	}
	asked := []int64{ids[2], maxExactInteger, ids[0], ids[2]} // the second is no id yet
	if got, want := remove(t, s, asked...), []int64{ids[2], ids[0]}; !slices.Equal(got, want) {
		t.Errorf("BatchDeleteCSR of %v: Success %v, want %v", asked, got, want)
	}
	if got, want := listOf(t, s, d.Domain, nil), []int64{ids[3], ids[1]}; got.Total != 2 || !slices.Equal(got.ids(), want) {
		t.Errorf("after it: Total %d and %v, want 2 and %v", got.Total, got.ids(), want)
	}
	wantError(t, s, "InvalidParameter.InvalidCSRId", "DescribeCSR", map[string]any{"CSRId": ids[2]})
	wantError(t, s, "InvalidParameter.InvalidCSRId", "ModifyCSR", map[string]any{"CSRId": ids[2], "Generate": false})
	if got := remove(t, s, ids[2]); len(got) != 0 {
		t.Errorf("BatchDeleteCSR of a deleted CSR: Success %v, want none", got)
	}
	describe(t, s, ids[1], d, statusDraft)
}
