package sqlstore

import "sync"

// maxKept bounds how much is kept of what takes some hundred bytes.
const maxKept = 1 << 15

// kept remembers what was read, with what it was read at: a version, or a moment
// of the database. While that is the present one, to read again would give the
// same.
type kept[K, A comparable, V any] struct {
	most int

	mu sync.Mutex
	of map[K]keptAt[A, V]
}

type keptAt[A comparable, V any] struct {
	at    A
	value V
}

// read returns what is kept of a key, or else what f reads.
func (k *kept[K, A, V]) read(at A, key K, f func() (V, error)) (V, error) {
	k.mu.Lock()
	known, ok := k.of[key]
	k.mu.Unlock()
	if ok && known.at == at {
		return known.value, nil
	}
	value, err := f()
	if err == nil {
		k.put(at, key, value)
	}
	return value, err
}

func (k *kept[K, A, V]) put(at A, key K, value V) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= k.most {
		k.of = map[K]keptAt[A, V]{}
	}
	k.of[key] = keptAt[A, V]{at, value}
}

// readNow is read at the present moment of a database, where that can be told.
func readNow[K comparable, V any](k *kept[K, moment, V], db engine, key K, f func() (V, error)) (V, error) {
	at, told := db.moment()
	if !told {
		return f()
	}
	return k.read(at, key, f)
}
