package sdktest

import (
	"slices"
	"strings"
	"testing"
)

// list is a page of CSRs.
type list struct {
	Total int64
	Set   []item
}

func (l list) ids() []int64 {
	var ids []int64
	for _, i := range l.Set {
		ids = append(ids, i.Id)
	}
	return ids
}

// listOf returns the page that parameters select, of the CSRs of a domain.
func listOf(t *testing.T, s sdk, domain string, more map[string]any) list {
	t.Helper()
	l := mustCall[list](t, s, "DescribeCSRSet", with(map[string]any{"Domain": domain}, more))
	if l.Set == nil {
		t.Error("DescribeCSRSet: Set is null, want a list")
	}
	return l
}

// listing lists CSRs of a domain, by page and by filter. The account may have
// others, and their number may change meanwhile.
func listing(t *testing.T, s sdk) {
	unicode, ascii := idnDomain()
	rsa := sampleDetails(unicode)
	ecc := rsa.withKey("ECC", "prime256v1")
	all := []details{rsa, ecc, ecc, rsa, ecc}
	statuses := make([]int64, len(all))
	statuses[2] = statusGenerated
	var ids []int64
	for i, d := range all {
		ids = append(ids, create(t, s, statuses[i] == statusGenerated, d, nil))
	}
	other := create(t, s, false, sampleDetails("other."+ascii), nil)

	newest := slices.Clone(ids)
	slices.Reverse(newest)
	page := func(offset, limit int) map[string]any { return map[string]any{"Offset": offset, "Limit": limit} }
	for _, c := range []struct {
		name   string
		domain string
		more   map[string]any
		total  int64
		want   []int64
	}{
		{"default page", unicode, nil, 5, newest},
		{"first page", unicode, page(0, 2), 5, newest[0:2]},
		{"middle page", unicode, page(2, 2), 5, newest[2:4]},
		{"last page", unicode, page(4, 2), 5, newest[4:5]},
		{"past the end", unicode, page(5, 2), 5, nil},
		{"total alone", unicode, page(0, 0), 5, nil},
		{"greatest page", unicode, page(0, 100), 5, newest},
		{"domain as A-labels", ascii, nil, 5, newest},
		{"domain in capitals", strings.ToUpper(ascii), nil, 5, newest},
		{"other domain", "other." + ascii, nil, 1, []int64{other}},
		{"no such domain", "none." + ascii, nil, 0, nil},
		{"RSA", unicode, map[string]any{"EncryptAlgo": "RSA"}, 2, []int64{ids[3], ids[0]}},
		{"ECC", unicode, map[string]any{"EncryptAlgo": "ECC"}, 3, []int64{ids[4], ids[2], ids[1]}},
		{"page of ECC", unicode, with(page(1, 1), map[string]any{"EncryptAlgo": "ECC"}), 3, []int64{ids[2]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := listOf(t, s, c.domain, c.more); got.Total != c.total || !slices.Equal(got.ids(), c.want) {
				t.Errorf("Total %d and %v, want %d and %v", got.Total, got.ids(), c.total, c.want)
			}
		})
	}

	t.Run("items", func(t *testing.T) {
		for _, got := range listOf(t, s, unicode, nil).Set {
			if i := slices.Index(ids, got.Id); i >= 0 {
				checkItem(t, "DescribeCSRSet", got, ids[i], all[i], statuses[i])
			}
		}
	})
	t.Run("key without a domain", func(t *testing.T) {
		got := mustCall[list](t, s, "DescribeCSRSet", map[string]any{"EncryptAlgo": "ECC"})
		if got.Total < 3 || len(got.Set) < 3 {
			t.Errorf("Total %d and %d CSRs, want three at least", got.Total, len(got.Set))
		}
		for _, i := range got.Set {
			if i.EncryptAlgo != "ECC" {
				t.Errorf("CSR %d has a key of %s", i.Id, i.EncryptAlgo)
			}
		}
	})
	t.Run("limit above the greatest", func(t *testing.T) {
		wantError(t, s, "InvalidParameterValue", "DescribeCSRSet", page(0, 101))
	})
}
