package main

import "testing"

func TestRowsAreTheSameEveryTimeAndSpread(t *testing.T) {
	const rows = 30_000
	counts := map[filter]int64{}
	for seq := int64(1); seq <= rows; seq++ {
		r := rowOf(bigUin, seq)
		if r != rowOf(bigUin, seq) {
			t.Fatalf("row %d differs from itself", seq)
		}
		for _, f := range filters {
			if f.has(r) {
				counts[f]++
			}
		}
	}
	for f, part := range map[filter]float64{filters[0]: 1, filters[1]: 1. / 3, filters[2]: 0.6, filters[3]: 0.4 / 3} {
		if got := float64(counts[f]) / rows; got < part*0.95 || got > part*1.05 {
			t.Errorf("the filter %s finds %.3f of all, want about %.3f", f, got, part)
		}
	}
}

func TestFoundIsWhatTheFilterFindsNewestFirst(t *testing.T) {
	const rows = 2000
	for _, f := range filters {
		got := find(bigUin, rows, rows, f)
		var want []int64
		for seq := int64(rows); seq > 0; seq-- {
			if f.has(rowOf(bigUin, seq)) {
				want = append(want, seq)
			}
		}
		if got.total() != int64(len(want)) {
			t.Fatalf("%s: %d found, want %d", f, got.total(), len(want))
		}
		for offset, seq := range want {
			if got.id(int64(offset)) != seq {
				t.Fatalf("%s: id %d at %d, want %d", f, got.id(int64(offset)), offset, seq)
			}
		}
	}
}

func TestAccountsShareNoID(t *testing.T) {
	const size = 10_000
	seen := map[int64]bool{}
	note := func(uin, rows int64) {
		for seq := int64(1); seq <= rows; seq++ {
			id := idOf(uin, seq, size)
			if seen[id] {
				t.Fatalf("the id %d is given twice", id)
			}
			seen[id] = true
		}
	}
	note(bigUin, size)
	for i := range smallAccounts(size) {
		note(firstSmall+i, smallRows)
	}
}
