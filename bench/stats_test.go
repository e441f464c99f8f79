package main

import (
	"math"
	"slices"
	"testing"
)

func TestMedianIsTheMiddle(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{100, 1, 1, 1, 1}, 1},
	} {
		before := slices.Clone(test.values)
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
		if !slices.Equal(before, test.values) {
			t.Errorf("median changed %v to %v", before, test.values)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median(nil) = %v", got)
	}
}

func TestRatiosPairValuesOfOneRound(t *testing.T) {
	// A machine that becomes half as fast for both changes no ratio.
	got := ratios([]float64{80, 40, 60}, []float64{100, 50, 60})
	if want := []float64{0.8, 0.8, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := median(got); got != 0.8 {
		t.Errorf("the median of the ratios is %v", got)
	}
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]uint32, 100)
	for i := range hundred {
		hundred[i] = uint32(i + 1)
	}
	for _, test := range []struct {
		sorted []uint32
		part   float64
		want   float64
	}{
		{hundred, 0.5, 50},
		{hundred, 0.99, 99},
		{hundred, 1, 100},
		{hundred, 0, 1},
		{[]uint32{5}, 0.99, 5},
		{[]uint32{1, 2, 3}, 0.5, 2},
	} {
		if got := percentile(test.sorted, test.part); got != test.want {
			t.Errorf("percentile(%d values, %v) = %v, want %v", len(test.sorted), test.part, got, test.want)
		}
	}
	if got := percentile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("percentile(nil) = %v", got)
	}
}
