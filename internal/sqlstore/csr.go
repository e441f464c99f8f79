package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"csrd/csr"
	"csrd/internal/audit"
)

// csrColumns are the columns of a csr.Record in the table csr, in the order
// that scanRecord reads them.
const csrColumns = "owner_uin, id, domain, organization, department, email, province, city, country, encrypt_algo, key_parameter, remark, status, create_time"

func scanRecord(r row) csr.Record {
	return csr.Record{
		Owner: csr.Owner(r.int(0)),
		ID:    r.int(1),
		Details: csr.Details{
			Domain: r.text(2), Organization: r.text(3), Department: r.text(4), Email: r.text(5),
			Province: r.text(6), City: r.text(7), Country: r.text(8),
			EncryptAlgo: r.text(9), KeyParameter: r.text(10), Remark: r.text(11),
		},
		Status:     csr.Status(r.int(12)),
		CreateTime: fromMicros(r.int(13)),
	}
}

// idBlock is how many ids are taken from the counter at once.
const idBlock = 1000

// NewID implements [csr.Store]. What is left of a block at the end of the
// process is never used.
func (s *Store) NewID(ctx context.Context) (int64, error) {
	s.ids.Lock()
	defer s.ids.Unlock()
	if s.ids.next == s.ids.end {
		var end int64
		err := s.db.writeAgain(ctx, func(t tx) error {
			return t.query("UPDATE id_counter SET next = next + $1 WHERE name = 'csr' RETURNING next",
				func(r row) error { end = r.int(0); return nil }, int64(idBlock))
		})
		if err != nil {
			return 0, fmt.Errorf("take a block of ids: %w", err)
		}
		s.ids.next, s.ids.end = end-idBlock, end
	}
	id := s.ids.next
	s.ids.next++
	return id, nil
}

// Create implements [csr.Store].
func (s *Store) Create(ctx context.Context, c *csr.CSR) error {
	return s.create(ctx, c, func(tx) error { return nil })
}

// CreateOnce implements [csr.Store].
func (s *Store) CreateOnce(ctx context.Context, c *csr.CSR) error {
	return s.create(ctx, c, func(t tx) error {
		switch _, _, err := t.findPEM(c.Owner, c.SPKI, c.PEM); {
		case err == nil:
			return csr.ErrRecorded
		case !errors.Is(err, csr.ErrNotFound):
			return err
		}
		return nil
	})
}

// create stores a CSR if allowed, in the same transaction, returns nil.
func (s *Store) create(ctx context.Context, c *csr.CSR, allowed func(tx) error) error {
	var created int64
	err := s.change(ctx, c.Owner, func(t tx) (_ []string, err error) {
		if err := allowed(t); err != nil {
			return nil, err
		}
		created, err = t.create(c)
		return csrNames(c.ID), err
	})
	if err != nil {
		return fmt.Errorf("create CSR %d: %w", c.ID, err)
	}
	c.CreateTime, c.Revision = fromMicros(created), 1
	return nil
}

// create returns the time of creation.
func (t tx) create(c *csr.CSR) (created int64, err error) {
	names, tags, err := marshalLists(&c.Details)
	if err != nil {
		return 0, err
	}
	p := place{owner: c.Owner, domain: csr.DomainKey(c.Domain), algo: c.EncryptAlgo}
	// The counter's row is the owner's lock: numbers follow commits.
	err = t.query(`INSERT INTO csr_counter (owner_uin, last_seq, last_create_time, version) VALUES ($1, 1, $2, 1)
		ON CONFLICT (owner_uin) DO UPDATE SET version = csr_counter.version + 1, last_seq = csr_counter.last_seq + 1, last_create_time =
			CASE WHEN excluded.last_create_time > csr_counter.last_create_time THEN excluded.last_create_time ELSE csr_counter.last_create_time END
		RETURNING last_seq, last_create_time`,
		func(r row) error { p.seq, created = r.int(0), r.int(1); return nil },
		int64(c.Owner), micros(c.CreateTime))
	if err != nil {
		return 0, err
	}
	err = t.exec(`INSERT INTO csr_detail (owner_uin, id, subject_alt_name, tags, pem, private_key, key_password)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		int64(c.Owner), c.ID, names, tags, c.PEM, []byte(c.PrivateKey), []byte(c.KeyPassword))
	if err != nil {
		return 0, err
	}
	err = t.exec(`INSERT INTO csr (`+csrColumns+`, seq, domain_key, spki, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1)`,
		int64(c.Owner), c.ID, c.Domain, c.Organization, c.Department, c.Email, c.Province, c.City, c.Country,
		c.EncryptAlgo, c.KeyParameter, c.Remark, int64(c.Status), created, p.seq, p.domain, c.SPKI)
	if err != nil {
		return 0, err
	}
	return created, t.countIn(p)
}

// Get implements [csr.Store].
func (s *Store) Get(ctx context.Context, owner csr.Owner, id int64) (*csr.CSR, error) {
	var c *csr.CSR
	err := s.db.read(ctx, func(t tx) error {
		err := t.query(`SELECT `+csrColumns+`, revision, spki FROM csr WHERE owner_uin = $1 AND id = $2`,
			func(r row) error {
				c = &csr.CSR{Record: scanRecord(r), Revision: r.int(14), SPKI: r.bytes(15)}
				return nil
			}, int64(owner), id)
		if err != nil {
			return err
		}
		if c == nil {
			return csr.ErrNotFound
		}
		return t.query(`SELECT subject_alt_name, tags, pem, private_key, key_password FROM csr_detail WHERE owner_uin = $1 AND id = $2`,
			func(r row) error {
				c.PEM, c.PrivateKey, c.KeyPassword = r.text(2), r.bytes(3), r.bytes(4)
				return unmarshalLists(&c.Details, r.text(0), r.text(1))
			}, int64(owner), id)
	})
	if err != nil {
		return nil, fmt.Errorf("get CSR %d: %w", id, err)
	}
	return c, nil
}

// Update implements [csr.Store].
func (s *Store) Update(ctx context.Context, c *csr.CSR) error {
	names, tags, err := marshalLists(&c.Details)
	if err != nil {
		return err
	}
	err = s.change(ctx, c.Owner, func(t tx) ([]string, error) {
		from, _, err := t.place("csr", c.Owner, c.ID)
		if err != nil {
			return nil, err
		}
		changed, err := t.change(`UPDATE csr SET domain = $1, domain_key = $2, organization = $3, department = $4, email = $5, province = $6,
				city = $7, country = $8, encrypt_algo = $9, key_parameter = $10, remark = $11, status = $12, spki = $13, revision = revision + 1
			WHERE owner_uin = $14 AND id = $15 AND status = 0 AND revision = $16`,
			c.Domain, csr.DomainKey(c.Domain), c.Organization, c.Department, c.Email, c.Province,
			c.City, c.Country, c.EncryptAlgo, c.KeyParameter, c.Remark, int64(c.Status), c.SPKI, int64(c.Owner), c.ID, c.Revision)
		if err != nil {
			return nil, err
		}
		if changed == 0 {
			return nil, t.whyNotUpdated(c)
		}
		if err := t.changed(c.Owner); err != nil {
			return nil, err
		}
		if err := t.countMoved(from, place{c.Owner, csr.DomainKey(c.Domain), c.EncryptAlgo, from.seq}); err != nil {
			return nil, err
		}
		return csrNames(c.ID), t.exec(`UPDATE csr_detail SET subject_alt_name = $1, tags = $2, pem = $3, private_key = $4, key_password = $5
			WHERE owner_uin = $6 AND id = $7`,
			names, tags, c.PEM, []byte(c.PrivateKey), []byte(c.KeyPassword), int64(c.Owner), c.ID)
	})
	if err != nil {
		return fmt.Errorf("update CSR %d: %w", c.ID, err)
	}
	c.Revision++
	return nil
}

func (t tx) whyNotUpdated(c *csr.CSR) error {
	why := csr.ErrNotFound
	err := t.query(`SELECT status FROM csr WHERE owner_uin = $1 AND id = $2`, func(r row) error {
		if why = csr.ErrConflict; csr.Status(r.int(0)) == csr.Generated {
			why = csr.ErrGenerated
		}
		return nil
	}, int64(c.Owner), c.ID)
	return cmp.Or(err, why)
}

// csrNames is what the record calls CSRs.
func csrNames(ids ...int64) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = audit.CSR(id)
	}
	return names
}

// marshalLists returns the JSON of SubjectAltName and Tags.
func marshalLists(d *csr.Details) (names, tags string, err error) {
	n, err := json.Marshal(d.SubjectAltName)
	if err != nil {
		return "", "", fmt.Errorf("marshal SubjectAltName: %w", err)
	}
	t, err := json.Marshal(d.Tags)
	if err != nil {
		return "", "", fmt.Errorf("marshal Tags: %w", err)
	}
	return string(n), string(t), nil
}

func unmarshalLists(d *csr.Details, names, tags string) error {
	if err := json.Unmarshal([]byte(names), &d.SubjectAltName); err != nil {
		return fmt.Errorf("unmarshal SubjectAltName: %w", err)
	}
	if err := json.Unmarshal([]byte(tags), &d.Tags); err != nil {
		return fmt.Errorf("unmarshal Tags: %w", err)
	}
	return nil
}
