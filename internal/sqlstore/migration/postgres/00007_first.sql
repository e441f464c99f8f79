-- The schema as that of SQLite is after its seventh migration: from there on
-- both have migrations of the same numbers. What the tables are for is said
-- there. The owner stands first in every key of a tenant's table, and foreign
-- keys stay inside one owner, so that the tables can be distributed by owner.
-- Times are microseconds since 1970, UTC, given by the program.

-- +goose Up

CREATE TABLE account (
    owner_uin   BIGINT NOT NULL PRIMARY KEY,
    create_time BIGINT NOT NULL,
    name        TEXT   NOT NULL DEFAULT 'root',
    enabled     BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
);

CREATE TABLE cam_user (
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    name        TEXT   NOT NULL,
    enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    create_time BIGINT NOT NULL,
    tokens_from BIGINT NOT NULL, -- temporary credentials made before are void
    PRIMARY KEY (owner_uin, name)
);

-- Looked up before the owner is known: the one table that is not keyed by it.
CREATE TABLE access_key (
    secret_id   TEXT   NOT NULL PRIMARY KEY,
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    user_name   TEXT,            -- NULL for the account's root
    secret_key  BYTEA  NOT NULL, -- sealed
    version     BIGINT NOT NULL,
    enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    create_time BIGINT NOT NULL,
    last_used   BIGINT,          -- NULL while it never was
    FOREIGN KEY (owner_uin, user_name) REFERENCES cam_user (owner_uin, name)
);
CREATE INDEX access_key_by_user ON access_key (owner_uin, (coalesce(user_name, '')), create_time, secret_id);

CREATE TABLE policy (
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    name        TEXT   NOT NULL,
    document    TEXT   NOT NULL, -- JSON
    create_time BIGINT NOT NULL,
    change_time BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, name)
);

CREATE TABLE policy_attachment (
    owner_uin BIGINT NOT NULL,
    user_name TEXT   NOT NULL,
    policy    TEXT   NOT NULL,
    stored    TEXT CHECK (stored = policy), -- the name again; NULL for a preset, which no table has
    PRIMARY KEY (owner_uin, user_name, policy),
    FOREIGN KEY (owner_uin, user_name) REFERENCES cam_user (owner_uin, name),
    FOREIGN KEY (owner_uin, stored) REFERENCES policy (owner_uin, name)
);
CREATE INDEX policy_attachment_by_policy ON policy_attachment (owner_uin, stored);

-- Keys that temporary credentials are encrypted with; nothing is kept of these.
CREATE TABLE token_key (
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    key_id      TEXT   NOT NULL,
    sealed_key  BYTEA  NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, key_id)
);

-- Data keys, wrapped with the master key. The sealed form names its key.
CREATE TABLE data_key (
    owner_uin   BIGINT NOT NULL,
    key_id      TEXT   NOT NULL,
    wrapped     BYTEA  NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, key_id)
);

-- Which master key (KEK) wraps new data keys, and which one it is replacing;
-- there is no row while nothing is sealed.
CREATE TABLE master_key (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    active      TEXT   NOT NULL,
    previous    TEXT,            -- NULL while none is replaced
    change_time BIGINT NOT NULL,
    CHECK (previous <> active)
);

-- The servers that work on this store, and the KEKs that each can use.
CREATE TABLE server (
    id          TEXT   NOT NULL PRIMARY KEY,
    start_time  BIGINT NOT NULL,
    seen_time   BIGINT NOT NULL,
    master_keys TEXT   NOT NULL -- ids with a space between
);

-- Ids are taken from here in blocks and never given twice.
CREATE TABLE id_counter (
    name TEXT   NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL CHECK (next BETWEEN 1 AND 9007199254740991)
);
INSERT INTO id_counter (name, next) VALUES ('csr', 1);

-- The creation number and time of each owner's newest CSR. The row is the
-- owner's lock: whoever changes something of an owner locks it first.
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
    private_key      BYTEA,           -- sealed
    key_password     BYTEA,           -- sealed
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
    spki          BYTEA,           -- SHA-256 of the SubjectPublicKeyInfo; NULL for a draft
    PRIMARY KEY (owner_uin, id),
    FOREIGN KEY (owner_uin, id) REFERENCES csr_detail (owner_uin, id)
);
CREATE UNIQUE INDEX csr_by_seq ON csr (owner_uin, seq);
CREATE INDEX csr_by_domain ON csr (owner_uin, domain_key, seq);
CREATE INDEX csr_by_algo ON csr (owner_uin, encrypt_algo, seq);
CREATE INDEX csr_by_domain_algo ON csr (owner_uin, domain_key, encrypt_algo, seq);
CREATE INDEX csr_by_spki ON csr (owner_uin, spki, seq);

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
    spki          BYTEA,
    PRIMARY KEY (owner_uin, id),
    FOREIGN KEY (owner_uin, id) REFERENCES csr_detail (owner_uin, id)
);
CREATE INDEX deleted_csr_by_time ON deleted_csr (delete_time);

-- How many CSRs a filter finds: an empty domain_key or encrypt_algo stands for any.
CREATE TABLE csr_count (
    owner_uin    BIGINT NOT NULL,
    domain_key   TEXT   NOT NULL,
    encrypt_algo TEXT   NOT NULL,
    total        BIGINT NOT NULL CHECK (total >= 0),
    divided      BIGINT NOT NULL CHECK (divided IN (0, 1)), -- whether csr_range has it too
    PRIMARY KEY (owner_uin, domain_key, encrypt_algo)
);

-- And how many of them in a range of creation numbers: 256 of these at level 1,
-- 65536 at level 2.
CREATE TABLE csr_range (
    owner_uin    BIGINT NOT NULL,
    domain_key   TEXT   NOT NULL,
    encrypt_algo TEXT   NOT NULL,
    level        BIGINT NOT NULL,
    range        BIGINT NOT NULL,
    total        BIGINT NOT NULL CHECK (total >= 0),
    PRIMARY KEY (owner_uin, domain_key, encrypt_algo, level, range)
);

-- The record of who did what: a chain for each account, and for 0, what
-- concerns none. It outlives its account, so it refers to none.

-- The end of each chain, and the key that its HMACs are made with.
CREATE TABLE audit_head (
    owner_uin BIGINT NOT NULL PRIMARY KEY,
    audit_key BYTEA  NOT NULL, -- sealed
    seq       BIGINT NOT NULL CHECK (seq >= 0),
    mac       BYTEA  NOT NULL, -- of the last entry
    seal      BYTEA  NOT NULL  -- HMAC over both
);

CREATE TABLE audit_entry (
    owner_uin  BIGINT NOT NULL REFERENCES audit_head (owner_uin),
    seq        BIGINT NOT NULL CHECK (seq >= 1),
    time       BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    user_name  TEXT   NOT NULL,
    secret_id  TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    resources  TEXT   NOT NULL, -- JSON
    key_read   BIGINT NOT NULL CHECK (key_read IN (0, 1)),
    outcome    TEXT   NOT NULL,
    mac        BYTEA  NOT NULL, -- HMAC over this entry and the mac before
    PRIMARY KEY (owner_uin, seq)
);
CREATE INDEX audit_entry_by_time ON audit_entry (time);
CREATE INDEX audit_entry_by_request ON audit_entry (request_id);

-- What stands for the pruned beginning of a chain.
CREATE TABLE audit_stub (
    owner_uin  BIGINT NOT NULL PRIMARY KEY REFERENCES audit_head (owner_uin),
    seq        BIGINT NOT NULL, -- of the last entry that was pruned
    mac        BYTEA  NOT NULL, -- of that entry
    prune_time BIGINT NOT NULL,
    seal       BYTEA  NOT NULL  -- HMAC over all of this
);
