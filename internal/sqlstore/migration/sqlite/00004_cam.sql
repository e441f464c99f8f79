-- +goose Up

-- The account that a first start made is the one called root.
ALTER TABLE account ADD COLUMN name TEXT NOT NULL DEFAULT 'root';
ALTER TABLE account ADD COLUMN enabled BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1));

CREATE TABLE cam_user (
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    name        TEXT   NOT NULL,
    enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    create_time BIGINT NOT NULL,
    tokens_from BIGINT NOT NULL, -- temporary credentials made before are void
    PRIMARY KEY (owner_uin, name)
);

-- Access keys get a user, and when they were last used. The table is made anew,
-- since a foreign key of two columns cannot be added.
CREATE TABLE new_access_key (
    secret_id   TEXT   NOT NULL PRIMARY KEY,
    owner_uin   BIGINT NOT NULL REFERENCES account (owner_uin),
    user_name   TEXT,            -- NULL for the account's root
    secret_key  BLOB   NOT NULL, -- sealed
    version     BIGINT NOT NULL,
    enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    create_time BIGINT NOT NULL,
    last_used   BIGINT,          -- NULL while it never was
    FOREIGN KEY (owner_uin, user_name) REFERENCES cam_user (owner_uin, name)
);
INSERT INTO new_access_key (secret_id, owner_uin, secret_key, version, enabled, create_time)
    SELECT secret_id, owner_uin, secret_key, version, enabled, create_time FROM access_key;
DROP TABLE access_key;
ALTER TABLE new_access_key RENAME TO access_key;
CREATE INDEX access_key_by_user ON access_key (owner_uin, coalesce(user_name, ''), create_time, secret_id);

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
