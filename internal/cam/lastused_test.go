package cam_test

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"csrd/internal/cam"
)

// wantWritten fails unless that is what the next writing of the uses stores.
func wantWritten(t *testing.T, keys *cam.Keyring, s *store, want map[string]time.Time) {
	t.Helper()
	s.used = nil
	if err := keys.WriteLastUsed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(s.used, want) {
		t.Errorf("written is %v, want %v", s.used, want)
	}
}

func TestLastUseOfAKeyIsWrittenOnce(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	wantWritten(t, keys, s, nil)
	a, b := cam.AccessKey{SecretID: "AKIDa"}, cam.AccessKey{SecretID: "AKIDb"}
	keys.Used(a, start.Add(time.Second))
	keys.Used(b, start)
	keys.Used(a, start) // requests overtake one another
	wantWritten(t, keys, s, map[string]time.Time{"AKIDa": start.Add(time.Second), "AKIDb": start})
	wantWritten(t, keys, s, nil)
}

func TestLastUseThatIsNotTakenIsWrittenTheNextTime(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	a, b := cam.AccessKey{SecretID: "AKIDa"}, cam.AccessKey{SecretID: "AKIDb"}
	keys.Used(a, start)
	keys.Used(b, start)
	s.useErr = errStore
	if err := keys.WriteLastUsed(t.Context()); !errors.Is(err, errStore) {
		t.Errorf("error %v, want %v", err, errStore)
	}
	s.useErr = nil
	keys.Used(a, start.Add(time.Hour))
	wantWritten(t, keys, s, map[string]time.Time{"AKIDa": start.Add(time.Hour), "AKIDb": start})
}

func TestMemoryOfLastUsesIsBounded(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	for i := range 2 * cam.MaxUsed {
		keys.Used(cam.AccessKey{SecretID: fmt.Sprint("AKID", i)}, start)
	}
	keys.Used(cam.AccessKey{SecretID: "AKID0"}, start.Add(time.Hour)) // one that is noted goes on
	if err := keys.WriteLastUsed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.used) != cam.MaxUsed || !s.used["AKID0"].Equal(start.Add(time.Hour)) {
		t.Errorf("%d uses are written, of AKID0 at %v; want %d, at %v", len(s.used), s.used["AKID0"], cam.MaxUsed, start.Add(time.Hour))
	}
}

func TestNoUseIsLostWhileOthersAreWritten(t *testing.T) {
	s, seals := withRoot(t)
	keys := cam.NewKeyring(s, seals)
	const users, each = 8, 100
	var group sync.WaitGroup
	for i := range users {
		group.Go(func() {
			for j := range each {
				keys.Used(cam.AccessKey{SecretID: fmt.Sprintf("AKID%d-%d", i, j)}, start)
			}
		})
	}
	written := map[string]time.Time{}
	write := func() {
		s.used = nil
		if err := keys.WriteLastUsed(t.Context()); err != nil {
			t.Error(err)
		}
		maps.Copy(written, s.used)
	}
	for range 50 {
		write()
	}
	group.Wait()
	write()
	if len(written) != users*each {
		t.Errorf("%d uses are written, want %d", len(written), users*each)
	}
}
