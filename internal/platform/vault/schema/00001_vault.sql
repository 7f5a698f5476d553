-- +goose Up
CREATE TABLE vault_item (
    lookup   BYTEA PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('individual_number', 'resident_code')),
    person   TEXT NOT NULL,
    seal_key TEXT NOT NULL,
    nonce    BYTEA NOT NULL,
    sealed   BYTEA NOT NULL,
    since    TEXT NOT NULL,
    until    TEXT NOT NULL
);
CREATE UNIQUE INDEX vault_item_present ON vault_item (person, kind) WHERE until = '';
CREATE INDEX vault_item_seal_key ON vault_item (seal_key);
