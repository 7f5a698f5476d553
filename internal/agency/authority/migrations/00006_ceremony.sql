-- +goose Up

-- One row a ceremony: from its beginning, before a key is made, to its record. Of
-- a kind of authority one at most is unfinished.
CREATE TABLE authority_ceremony (
    plan_hash  TEXT   NOT NULL PRIMARY KEY,
    plan       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    begun_at   TEXT   NOT NULL,
    done_at    TEXT   NOT NULL DEFAULT '',
    record     BYTEA
);
CREATE UNIQUE INDEX authority_ceremony_open ON authority_ceremony (kind) WHERE done_at = '';

-- When a generation was retired by a ceremony: its key signs nothing any more.
ALTER TABLE authority_generation ADD COLUMN retired_at TEXT NOT NULL DEFAULT '';
