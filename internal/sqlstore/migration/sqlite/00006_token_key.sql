-- +goose Up

-- Keys that temporary credentials are encrypted with; nothing is kept of these.
CREATE TABLE token_key (
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    key_id      TEXT   NOT NULL,
    sealed_key  BLOB   NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (owner_uin, key_id)
);
