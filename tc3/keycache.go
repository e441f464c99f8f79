package tc3

import (
	"strings"
	"sync"
)

// Bounds on the memory of a keyCache. A SecretId is in it only after a
// verified request, but the service in its scope is the caller's own text.
const (
	maxCachedIDs    = 16_384
	maxCachedScopes = 8 // per SecretId: yesterday and today, for a few services
)

// keyCache holds derived keys by SecretId, key version, date and service.
type keyCache struct {
	mu   sync.RWMutex
	byID map[string]*derivedKeys
}

type derivedKeys struct {
	version int64
	keys    map[scope]*signer
}

type scope struct{ date, service string }

func (c *keyCache) get(a *Authorization, version int64) (*signer, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	id := c.byID[a.SecretID]
	if id == nil || id.version != version {
		return nil, false
	}
	key, ok := id.keys[scope{a.Date, a.Service}]
	return key, ok
}

func (c *keyCache) put(a *Authorization, version int64, key *signer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]*derivedKeys{}
	}
	id := c.byID[a.SecretID]
	if id == nil && len(c.byID) >= maxCachedIDs {
		for other := range c.byID { // any one: deriving again costs two microseconds
			delete(c.byID, other)
			break
		}
	}
	if id == nil || id.version != version || len(id.keys) >= maxCachedScopes {
		id = &derivedKeys{version, map[scope]*signer{}}
		c.byID[strings.Clone(a.SecretID)] = id // not the whole header
	}
	id.keys[scope{strings.Clone(a.Date), strings.Clone(a.Service)}] = key
}

// forget drops the keys of a SecretId that is not, or no longer, good.
func (c *keyCache) forget(secretID string) {
	c.mu.RLock()
	_, known := c.byID[secretID]
	c.mu.RUnlock()
	if known {
		c.mu.Lock()
		delete(c.byID, secretID)
		c.mu.Unlock()
	}
}
