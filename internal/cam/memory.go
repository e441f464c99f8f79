package cam

import (
	"sync"
	"time"
)

// How long and how much a memory keeps. What is disabled, detached or deleted
// stops counting within freshFor.
const (
	freshFor      = time.Second
	maxRemembered = 16_384
)

// memory keeps what a store was asked for a second, in bounded memory.
type memory[K comparable, V any] struct {
	mu    sync.Mutex
	items map[K]remembered[V]
}

type remembered[V any] struct {
	value V
	until time.Time
}

func newMemory[K comparable, V any]() *memory[K, V] {
	return &memory[K, V]{items: map[K]remembered[V]{}}
}

// get returns what is remembered, if it is fresh at a time.
func (m *memory[K, V]) get(key K, now time.Time) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.items[key]
	if !ok || !now.Before(known.until) {
		return value, false
	}
	return known.value, true
}

// put remembers what the store was asked for at a time: the answer may be as
// old as the question.
func (m *memory[K, V]) put(key K, value V, asked time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.items) >= maxRemembered {
		clear(m.items)
	}
	m.items[key] = remembered[V]{value, asked.Add(freshFor)}
}

func (m *memory[K, V]) forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, key)
}
