package main

import (
	"math"
	"slices"
)

// median is the middle of some values, or the mean of the two in the middle;
// NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratios are those of pairs that were measured one after the other.
func ratios(values, base []float64) []float64 {
	out := make([]float64, min(len(values), len(base)))
	for i := range out {
		out[i] = values[i] / base[i]
	}
	return out
}

// percentile is the least value that so much of all (0 to 1) is not above, by
// the nearest rank. The values must be sorted; NaN of none.
func percentile(sorted []uint32, part float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(part * float64(len(sorted))))
	return float64(sorted[min(max(rank, 1), len(sorted))-1])
}
