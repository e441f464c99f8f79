package front

import (
	"hash/maphash"
	"sync"
	"time"

	"csrd/tc3"
)

// maxBindings bounds how many signatures are remembered; the oldest go first.
const maxBindings = 1 << 17

// bindings remembers with which action, version and token a TC3 signature was
// seen. SDKs sign neither, so a captured request could be sent again as another
// action. Two calls with equal bodies in one second share a signature
// legitimately; with another action they do so only by chance.
type bindings struct {
	seed maphash.Seed

	mu      sync.Mutex
	current map[[32]byte]uint64 // signature → hash of what it came with
	before  map[[32]byte]uint64
	turned  time.Time // when current was begun
}

func newBindings() *bindings {
	return &bindings{seed: maphash.MakeSeed(), current: map[[32]byte]uint64{}}
}

// rebound reports whether a signature was seen before with something else.
func (b *bindings) rebound(now time.Time, signature [32]byte, c *common) bool {
	came := maphash.Comparable(b.seed, [3]string{c.Action, c.Version, c.Token})
	b.mu.Lock()
	defer b.mu.Unlock()
	// A signature is good for the window on either side of its timestamp.
	if now.Sub(b.turned) > 2*tc3.Window || len(b.current) >= maxBindings/2 {
		b.before, b.current, b.turned = b.current, map[[32]byte]uint64{}, now
	}
	first, seen := b.current[signature]
	if !seen {
		first, seen = b.before[signature]
	}
	if !seen {
		b.current[signature] = came
		return false
	}
	return first != came
}
