package sqlstore

import "sync"

// maxKept bounds how much is kept of a kind.
const maxKept = 1 << 15

// kept remembers what was read, with the moment of the database before it was:
// while that is the present one, to read again would give the same.
type kept[K comparable, V any] struct {
	mu sync.Mutex
	of map[K]keptAt[V]
}

type keptAt[V any] struct {
	at    moment
	value V
}

// read returns what is kept of a key, or else what f reads.
func (k *kept[K, V]) read(db engine, key K, f func() (V, error)) (V, error) {
	at, told := db.moment()
	if told {
		k.mu.Lock()
		known, ok := k.of[key]
		k.mu.Unlock()
		if ok && known.at == at {
			return known.value, nil
		}
	}
	value, err := f()
	if err == nil && told {
		k.put(at, key, value)
	}
	return value, err
}

func (k *kept[K, V]) put(at moment, key K, value V) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= maxKept {
		k.of = map[K]keptAt[V]{}
	}
	k.of[key] = keptAt[V]{at, value}
}
