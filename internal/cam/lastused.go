package cam

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// maxUsed is how many access keys are noted as used at most until they are
// written. Of more that come meanwhile the use is not noted.
const maxUsed = 1 << 16

// lastUsed is when access keys were last used, as far as the store does not
// have it yet.
type lastUsed struct {
	mu sync.Mutex
	at map[string]time.Time // by SecretId
}

func (u *lastUsed) note(secretID string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if before, noted := u.at[secretID]; at.After(before) && (noted || len(u.at) < maxUsed) {
		u.at[secretID] = at
	}
}

func (u *lastUsed) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.at
	u.at = map[string]time.Time{}
	return taken
}

// Used notes that somebody proved to have an access key, or a temporary one
// that was made for it.
func (k *Keyring) Used(key AccessKey, at time.Time) { k.used.note(cmp.Or(key.Maker, key.SecretID), at) }

// WriteLastUsed has the store keep when access keys were last used. What it
// does not take is written the next time.
func (k *Keyring) WriteLastUsed(ctx context.Context) error {
	used := k.used.take()
	if len(used) == 0 {
		return nil
	}
	err := k.store.SetLastUsed(ctx, used)
	if err != nil {
		for secretID, at := range used {
			k.used.note(secretID, at)
		}
	}
	return err
}
