package sqlstore

import (
	"context"
	"fmt"

	"csrd/csr"
)

// FindBySPKI implements [csr.Store].
func (s *Store) FindBySPKI(ctx context.Context, owner csr.Owner, spki []byte, limit int64) ([]int64, error) {
	var ids []int64
	err := s.db.read(ctx, func(t tx) error {
		return t.query(`SELECT id FROM csr WHERE owner_uin = $1 AND spki = $2 ORDER BY seq DESC LIMIT $3`,
			func(r row) error { ids = append(ids, r.int(0)); return nil }, int64(owner), spki, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("find CSRs by their public key: %w", err)
	}
	return ids, nil
}

// FindPEM implements [csr.Store].
func (s *Store) FindPEM(ctx context.Context, owner csr.Owner, spki []byte, pem string) (id int64, hasKey bool, err error) {
	err = s.db.read(ctx, func(t tx) (err error) {
		id, hasKey, err = t.findPEM(owner, spki, pem)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("find a CSR by its text: %w", err)
	}
	return id, hasKey, nil
}

func (t tx) findPEM(owner csr.Owner, spki []byte, pem string) (id int64, hasKey bool, err error) {
	err = t.query(`SELECT c.id, d.private_key IS NOT NULL FROM csr c JOIN csr_detail d ON d.owner_uin = c.owner_uin AND d.id = c.id
		WHERE c.owner_uin = $1 AND c.spki = $2 AND d.pem = $3 ORDER BY c.seq DESC LIMIT 1`,
		func(r row) error { id, hasKey = r.int(0), r.int(1) == 1; return nil }, int64(owner), spki, pem)
	if err == nil && id == 0 { // ids begin with 1
		err = csr.ErrNotFound
	}
	return id, hasKey, err
}

// AddKey implements [csr.Store].
func (s *Store) AddKey(ctx context.Context, owner csr.Owner, id int64, key, password csr.Sealed) error {
	err := s.change(ctx, owner, func(t tx) ([]string, error) {
		found := false
		err := t.query(`SELECT 1 FROM csr WHERE owner_uin = $1 AND id = $2 AND status = 1`,
			func(row) error { found = true; return nil }, int64(owner), id)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, csr.ErrNotFound
		}
		changed, err := t.change(`UPDATE csr_detail SET private_key = $1, key_password = $2
			WHERE owner_uin = $3 AND id = $4 AND private_key IS NULL`, []byte(key), []byte(password), int64(owner), id)
		if err == nil && changed == 0 {
			err = csr.ErrHasKey
		}
		return csrNames(id), err
	})
	if err != nil {
		return fmt.Errorf("add the key of CSR %d: %w", id, err)
	}
	return nil
}

// spkiBatch is how many CSRs one transaction of fillSPKI looks at.
const spkiBatch = 500

// fillSPKI computes the hash of the public key for generated CSRs that have
// none: those of a csrd before the hash was kept. Where there are none such it
// costs one look at an index; cut off, it goes on at the next start.
func (s *Store) fillSPKI(ctx context.Context) error {
	for _, table := range []string{"csr", "deleted_csr"} {
		var owner, id int64
		for more := true; more; {
			type found struct {
				owner, id int64
				spki      []byte
			}
			var batch []found
			err := s.db.write(ctx, func(t tx) error {
				err := t.query(`SELECT c.owner_uin, c.id, d.pem FROM `+table+` c JOIN csr_detail d ON d.owner_uin = c.owner_uin AND d.id = c.id
					WHERE c.spki IS NULL AND c.status = 1 AND (c.owner_uin, c.id) > ($1, $2) ORDER BY c.owner_uin, c.id LIMIT $3`,
					func(r row) error {
						spki, err := csr.RequestSPKI(r.text(2))
						if err != nil {
							spki = nil // no CSR that csrd made; it is found by no key
						}
						batch = append(batch, found{r.int(0), r.int(1), spki})
						return nil
					}, owner, id, int64(spkiBatch))
				if err != nil {
					return err
				}
				for _, f := range batch {
					if err := t.exec(`UPDATE `+table+` SET spki = $1 WHERE owner_uin = $2 AND id = $3`, f.spki, f.owner, f.id); err != nil {
						return err
					}
					owner, id = f.owner, f.id
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("hash the public keys of older CSRs: %w", err)
			}
			more = len(batch) == spkiBatch
		}
	}
	return nil
}
