-- +goose Up

-- Grows with every change of what a list of the owner's CSRs can show.
ALTER TABLE csr_counter ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
