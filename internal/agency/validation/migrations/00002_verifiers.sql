-- +goose Up

-- Where a verifier wants to be told; '' is nowhere.
ALTER TABLE validation_verifier ADD COLUMN webhook TEXT NOT NULL DEFAULT '';

-- Firms that entrust their verification to a verifier.
CREATE TABLE validation_firm (
    id         TEXT NOT NULL PRIMARY KEY,
    verifier   TEXT NOT NULL,
    name       TEXT NOT NULL,
    from_day   TEXT NOT NULL,
    to_day     TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL
);
CREATE INDEX validation_firm_verifier ON validation_firm (verifier);

-- Keys with which verifiers prove who they are: SHA-256 of the public key's
-- SubjectPublicKeyInfo in hex.
CREATE TABLE validation_client_key (
    key      TEXT NOT NULL PRIMARY KEY,
    verifier TEXT NOT NULL,
    bound_at TEXT NOT NULL
);
CREATE INDEX validation_client_key_verifier ON validation_client_key (verifier);

-- Consents of holders. fields and onward are one a line; signature is CMS over
-- the consent's text.
CREATE TABLE validation_consent (
    id        TEXT  NOT NULL PRIMARY KEY,
    verifier  TEXT  NOT NULL,
    firm      TEXT  NOT NULL,
    person    TEXT  NOT NULL,
    serial    TEXT  NOT NULL,
    fields    TEXT  NOT NULL,
    purpose   TEXT  NOT NULL,
    onward    TEXT  NOT NULL,
    from_day  TEXT  NOT NULL,
    to_day    TEXT  NOT NULL,
    terms     TEXT  NOT NULL,
    given_at  TEXT  NOT NULL,
    ended_at  TEXT  NOT NULL DEFAULT '',
    text      TEXT  NOT NULL,
    signature BYTEA NOT NULL
);
CREATE INDEX validation_consent_person ON validation_consent (person);

-- Certificates of whose revocation a verifier wants to hear, with what it was
-- told last.
CREATE TABLE validation_watch (
    verifier TEXT NOT NULL,
    firm     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    serial   TEXT NOT NULL,
    person   TEXT NOT NULL,
    card     TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    reason   BIGINT NOT NULL,
    since    TEXT NOT NULL,
    PRIMARY KEY (verifier, firm, kind, serial)
);
CREATE INDEX validation_watch_card ON validation_watch (card);
CREATE INDEX validation_watch_person ON validation_watch (person);

-- What verifiers were told, numbered for each from 1.
CREATE TABLE validation_event (
    verifier TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    firm     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    serial   TEXT   NOT NULL,
    verdict  TEXT   NOT NULL,
    reason   BIGINT NOT NULL,
    since    TEXT   NOT NULL,
    told_at  TEXT   NOT NULL,
    PRIMARY KEY (verifier, number)
);
CREATE TABLE validation_event_last (
    verifier TEXT   NOT NULL PRIMARY KEY,
    number   BIGINT NOT NULL
);
