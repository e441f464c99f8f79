-- +goose Up

-- Which master key (KEK) wraps new data keys, and which one it is replacing;
-- there is no row while nothing is sealed.
CREATE TABLE master_key (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    active      TEXT   NOT NULL,
    previous    TEXT,            -- NULL while none is replaced
    change_time BIGINT NOT NULL,
    CHECK (previous <> active)
);

-- The sealed form of a data key names its KEK in the bytes 2 to 9.
INSERT INTO master_key (id, active, change_time)
    SELECT 1, lower(hex(substr(wrapped, 2, 8))), create_time FROM data_key ORDER BY create_time DESC LIMIT 1;

-- The servers that work on this store, and the KEKs that each can use.
CREATE TABLE server (
    id          TEXT   NOT NULL PRIMARY KEY,
    start_time  BIGINT NOT NULL,
    seen_time   BIGINT NOT NULL,
    master_keys TEXT   NOT NULL -- ids with a space between
);
