-- +goose Up
CREATE TABLE counter_session (
    id         TEXT NOT NULL PRIMARY KEY,
    wire       BYTEA NOT NULL UNIQUE,
    person     TEXT NOT NULL,
    card       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    state      TEXT NOT NULL,
    clerk      TEXT NOT NULL,
    checker    TEXT NOT NULL,
    terminal   TEXT NOT NULL,
    opened_at  TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX counter_session_card ON counter_session (card, opened_at);
-- What was shown: kind, digest of the number, expiry, who looked, when (R-32).
CREATE TABLE counter_document (
    session    TEXT NOT NULL,
    line       BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    number_mac BYTEA NOT NULL,
    issued     TEXT NOT NULL,
    expires    TEXT NOT NULL,
    checker    TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    PRIMARY KEY (session, line)
);
