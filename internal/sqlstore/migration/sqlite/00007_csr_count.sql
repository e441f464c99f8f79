-- +goose Up

-- How many CSRs a filter finds: an empty domain_key or encrypt_algo stands for any.
CREATE TABLE csr_count (
    owner_uin    BIGINT NOT NULL,
    domain_key   TEXT   NOT NULL,
    encrypt_algo TEXT   NOT NULL,
    total        BIGINT NOT NULL CHECK (total >= 0),
    divided      BIGINT NOT NULL CHECK (divided IN (0, 1)), -- whether csr_range has it too
    PRIMARY KEY (owner_uin, domain_key, encrypt_algo)
) WITHOUT ROWID;

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
) WITHOUT ROWID;
