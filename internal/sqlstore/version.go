package sqlstore

import (
	"context"
	"fmt"
	"sync"

	"csrd/csr"
)

// Version implements [csr.Store]. While the engine can tell that nothing at all
// was committed since it was last read, nothing is read.
func (s *Store) Version(ctx context.Context, owner csr.Owner) (version int64, err error) {
	at, told := s.db.moment()
	if told {
		if version, ok := s.versions.get(owner, at); ok {
			return version, nil
		}
	}
	err = s.db.read(ctx, func(t tx) error {
		version, err = t.version(owner)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("version of the CSRs of %s: %w", owner, err)
	}
	if told {
		s.versions.put(owner, at, version)
	}
	return version, nil
}

// version is 0 for an owner that never had a CSR.
func (t tx) version(owner csr.Owner) (version int64, err error) {
	err = t.query("SELECT version FROM csr_counter WHERE owner_uin = $1",
		func(r row) error { version = r.int(0); return nil }, int64(owner))
	return version, err
}

// changed says that what a list of an owner's CSRs can show is changed by the
// transaction. To create one says it with the creation number.
func (t tx) changed(owner csr.Owner) error {
	return t.exec("UPDATE csr_counter SET version = version + 1 WHERE owner_uin = $1", int64(owner))
}

// maxVersions bounds how many owners' versions are remembered.
const maxVersions = 1 << 16

// versions remembers what was read, and the moment of the database before it
// was: a moment that is still the present one.
type versions struct {
	mu sync.Mutex
	of map[csr.Owner]versionAt
}

type versionAt struct {
	at      moment
	version int64
}

func (v *versions) get(owner csr.Owner, now moment) (version int64, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	known, ok := v.of[owner]
	return known.version, ok && known.at == now
}

func (v *versions) put(owner csr.Owner, at moment, version int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of == nil || len(v.of) >= maxVersions {
		v.of = map[csr.Owner]versionAt{}
	}
	v.of[owner] = versionAt{at, version}
}
