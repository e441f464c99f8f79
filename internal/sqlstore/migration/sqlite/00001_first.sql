-- The owner stands first in every key of a tenant's table, and foreign keys
-- stay inside one owner, so that the tables can be distributed by owner.
-- Times are microseconds since 1970, UTC, given by the program.

-- +goose Up

-- "csrd" in ASCII: whose file this is.
PRAGMA application_id = 1668510308;

CREATE TABLE account (
    owner_uin   BIGINT NOT NULL PRIMARY KEY,
    create_time BIGINT NOT NULL
);

-- Looked up before the owner is known: the one table that is not keyed by it.
CREATE TABLE access_key (
    secret_id   TEXT   NOT NULL PRIMARY KEY,
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    secret_key  BLOB   NOT NULL, -- sealed
    version     BIGINT NOT NULL,
    enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    create_time BIGINT NOT NULL
);

-- Data keys, wrapped with the master key. The sealed form names its key.
CREATE TABLE data_key (
    owner_uin   BIGINT NOT NULL,
    key_id      TEXT   NOT NULL,
    wrapped     BLOB   NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, key_id)
);

-- Ids are taken from here in blocks and never given twice.
CREATE TABLE id_counter (
    name TEXT   NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL CHECK (next BETWEEN 1 AND 9007199254740991)
);
INSERT INTO id_counter (name, next) VALUES ('csr', 1);

-- The creation number and time of each owner's newest CSR.
CREATE TABLE csr_counter (
    owner_uin        BIGINT NOT NULL PRIMARY KEY,
    last_seq         BIGINT NOT NULL,
    last_create_time BIGINT NOT NULL
);

-- What only a CSR's own page shows; kept while its row is in csr or deleted_csr.
CREATE TABLE csr_detail (
    owner_uin        BIGINT NOT NULL REFERENCES account (owner_uin),
    id               BIGINT NOT NULL CHECK (id BETWEEN 1 AND 9007199254740991),
    subject_alt_name TEXT   NOT NULL, -- JSON
    tags             TEXT   NOT NULL, -- JSON
    pem              TEXT   NOT NULL,
    private_key      BLOB,            -- sealed
    key_password     BLOB,            -- sealed
    PRIMARY KEY (owner_uin, id)
);

-- What a list shows. seq is the owner's creation number: the order of the list.
CREATE TABLE csr (
    owner_uin     BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    seq           BIGINT NOT NULL,
    domain        TEXT   NOT NULL,
    domain_key    TEXT   NOT NULL, -- the domain as filters compare it
    organization  TEXT   NOT NULL,
    department    TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    province      TEXT   NOT NULL,
    city          TEXT   NOT NULL,
    country       TEXT   NOT NULL,
    encrypt_algo  TEXT   NOT NULL,
    key_parameter TEXT   NOT NULL,
    remark        TEXT   NOT NULL,
    status        BIGINT NOT NULL CHECK (status IN (0, 1)),
    create_time   BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, id),
    FOREIGN KEY (owner_uin, id) REFERENCES csr_detail (owner_uin, id)
);
CREATE UNIQUE INDEX csr_by_seq ON csr (owner_uin, seq);
CREATE INDEX csr_by_domain ON csr (owner_uin, domain_key, seq);
CREATE INDEX csr_by_algo ON csr (owner_uin, encrypt_algo, seq);
CREATE INDEX csr_by_domain_algo ON csr (owner_uin, domain_key, encrypt_algo, seq);

-- Deleted CSRs that can still be brought back: the columns of csr, and when.
CREATE TABLE deleted_csr (
    owner_uin     BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    seq           BIGINT NOT NULL,
    domain        TEXT   NOT NULL,
    domain_key    TEXT   NOT NULL,
    organization  TEXT   NOT NULL,
    department    TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    province      TEXT   NOT NULL,
    city          TEXT   NOT NULL,
    country       TEXT   NOT NULL,
    encrypt_algo  TEXT   NOT NULL,
    key_parameter TEXT   NOT NULL,
    remark        TEXT   NOT NULL,
    status        BIGINT NOT NULL,
    create_time   BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    delete_time   BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, id),
    FOREIGN KEY (owner_uin, id) REFERENCES csr_detail (owner_uin, id)
);
CREATE INDEX deleted_csr_by_time ON deleted_csr (delete_time);
