package limit

// Remembered counts the keys in memory.
func (l *Limiter[K]) Remembered() (n int) {
	for i := range l.shards {
		n += len(l.shards[i].whole)
	}
	return n
}
