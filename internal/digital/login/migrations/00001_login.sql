-- +goose Up

CREATE TABLE login_party (
    id            TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    origin        TEXT NOT NULL UNIQUE,
    registered_at TEXT NOT NULL
);

-- One row a challenge. outcome is '' until it is used up: 'done', or the number of
-- the refusal.
CREATE TABLE login_challenge (
    id         TEXT  NOT NULL PRIMARY KEY,
    party      TEXT  NOT NULL,
    message    BYTEA NOT NULL,
    begun_at   TEXT  NOT NULL,
    expires_at TEXT  NOT NULL,
    used_at    TEXT  NOT NULL DEFAULT '',
    outcome    TEXT  NOT NULL DEFAULT ''
);

-- A holder is a chain of linked certificates. person is for the journal alone.
CREATE TABLE login_holder (
    id     TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL
);
CREATE TABLE login_certificate (
    serial  TEXT NOT NULL PRIMARY KEY,
    holder  TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE INDEX login_certificate_holder ON login_certificate (holder);

-- The id by which one party knows one holder.
CREATE TABLE login_subject (
    party    TEXT NOT NULL,
    holder   TEXT NOT NULL,
    pairwise TEXT NOT NULL UNIQUE,
    since    TEXT NOT NULL,
    PRIMARY KEY (party, holder)
);
CREATE INDEX login_challenge_end ON login_challenge (expires_at);
