-- +goose Up

-- SHA-256 of the SubjectPublicKeyInfo of a CSR's key; NULL for a draft. CSRs
-- of one key, and the certificates that come of them, are found by it.
ALTER TABLE csr ADD COLUMN spki BLOB;
CREATE INDEX csr_by_spki ON csr (owner_uin, spki, seq);
ALTER TABLE deleted_csr ADD COLUMN spki BLOB;

-- Those still to be hashed: CSRs generated before this migration.
CREATE INDEX csr_without_spki ON csr (owner_uin, id) WHERE spki IS NULL AND status = 1;
CREATE INDEX deleted_csr_without_spki ON deleted_csr (owner_uin, id) WHERE spki IS NULL AND status = 1;
