-- +goose Up

-- The record of who did what: a chain for each account, and for 0, what
-- concerns none. It outlives its account, so it refers to none.

-- The end of each chain, and the key that its HMACs are made with.
CREATE TABLE audit_head (
    owner_uin BIGINT NOT NULL PRIMARY KEY,
    audit_key BLOB   NOT NULL, -- sealed
    seq       BIGINT NOT NULL CHECK (seq >= 0),
    mac       BLOB   NOT NULL, -- of the last entry
    seal      BLOB   NOT NULL  -- HMAC over both
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
    mac        BLOB   NOT NULL, -- HMAC over this entry and the mac before
    PRIMARY KEY (owner_uin, seq)
);
CREATE INDEX audit_entry_by_time ON audit_entry (time);
CREATE INDEX audit_entry_by_request ON audit_entry (request_id);

-- What stands for the pruned beginning of a chain.
CREATE TABLE audit_stub (
    owner_uin  BIGINT NOT NULL PRIMARY KEY REFERENCES audit_head (owner_uin),
    seq        BIGINT NOT NULL, -- of the last entry that was pruned
    mac        BLOB   NOT NULL, -- of that entry
    prune_time BIGINT NOT NULL,
    seal       BLOB   NOT NULL  -- HMAC over all of this
);
