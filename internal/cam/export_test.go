package cam

// MaxRemembered is how many access keys a Keyring remembers at most.
const MaxRemembered = maxRemembered

// MaxUsed is how many access keys a Keyring notes as used at most.
const MaxUsed = maxUsed

// Remembered counts the access keys that are remembered.
func (k *Keyring) Remembered() int {
	k.remembered.mu.Lock()
	defer k.remembered.mu.Unlock()
	return len(k.remembered.items)
}
