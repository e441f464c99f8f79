package cli

import (
	"os"
	"runtime/debug"
)

const (
	// heapGrowth is GOGC unless the environment sets it. The heap of a server is
	// small beside what its requests allocate in a second: with Go's own 100 a
	// third of a list's processor time went to collecting it.
	heapGrowth  = 400
	leastGrowth = 100
	// besideLists is what csrd may use of memory besides its kept lists before it
	// collects more eagerly: GOMEMLIMIT unless the environment sets it.
	besideLists = 128 << 20
)

// setCollector is told how many bytes of lists may be kept. It trades memory for
// processor time, within a bound, where whoever started the process has not. What
// is kept of large lists makes the heap large enough by itself: to touch still
// more memory would cost more than it saves.
func setCollector(listCache int64) {
	if os.Getenv("GOGC") == "" {
		const usual = defaultListCache << 20 // bytes that heapGrowth is good for
		growth := heapGrowth * usual / max(listCache, usual)
		debug.SetGCPercent(int(max(growth, leastGrowth)))
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(besideLists + listCache + listCache/4)
	}
}
