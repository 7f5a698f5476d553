-- +goose Up

-- Every serial number ever drawn, for whatever certificate, signed or not: one
-- series over both authorities and all time (CRT-12).
CREATE TABLE authority_serial (
    serial TEXT NOT NULL PRIMARY KEY,
    use    TEXT NOT NULL,
    at     TEXT NOT NULL
);

CREATE TABLE authority_generation (
    kind        TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    certificate BYTEA  NOT NULL,
    starts_at   TEXT   NOT NULL,
    ends_at     TEXT   NOT NULL,
    PRIMARY KEY (kind, number)
);

CREATE TABLE authority_responder (
    kind        TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    number      BIGINT NOT NULL,
    certificate BYTEA  NOT NULL,
    starts_at   TEXT   NOT NULL,
    ends_at     TEXT   NOT NULL,
    PRIMARY KEY (kind, generation, number)
);

-- One row a holder's certificate, from before its signature to its end. ordinal
-- counts the person's certificates of the kind as they were prepared, link as they
-- became valid (0: never): the chain of old and new.
CREATE TABLE authority_certificate (
    serial         TEXT    NOT NULL PRIMARY KEY,
    version        BIGINT  NOT NULL,
    request        TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    generation     BIGINT  NOT NULL,
    person         TEXT    NOT NULL,
    ordinal        BIGINT  NOT NULL,
    link           BIGINT  NOT NULL DEFAULT 0,
    person_version BIGINT  NOT NULL,
    card           TEXT    NOT NULL,
    municipality   TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    reason         INTEGER NOT NULL DEFAULT 0,
    key_path       TEXT    NOT NULL,
    public_key     BYTEA   NOT NULL,
    key_digest     TEXT    NOT NULL,
    common_name    TEXT    NOT NULL,
    expires_on     TEXT    NOT NULL,
    tbs_digest     BYTEA   NOT NULL,
    der            BYTEA,
    not_before     TEXT    NOT NULL,
    not_after      TEXT    NOT NULL,
    prepared_at    TEXT    NOT NULL,
    issued_at      TEXT    NOT NULL DEFAULT '',
    activated_at   TEXT    NOT NULL DEFAULT '',
    held_at        TEXT    NOT NULL DEFAULT '',
    ended_at       TEXT    NOT NULL DEFAULT '',
    previous       TEXT    NOT NULL DEFAULT '',
    notified       INTEGER NOT NULL DEFAULT 0
);

-- A request, a name and a key make one certificate, and another only where the
-- first was never signed.
CREATE UNIQUE INDEX authority_certificate_request ON authority_certificate (request) WHERE state <> 'dropped';
CREATE UNIQUE INDEX authority_certificate_key ON authority_certificate (key_digest) WHERE state <> 'dropped';
CREATE UNIQUE INDEX authority_certificate_name ON authority_certificate (kind, common_name);
CREATE UNIQUE INDEX authority_certificate_person ON authority_certificate (person, kind, ordinal);
CREATE INDEX authority_certificate_card ON authority_certificate (card, kind);
CREATE INDEX authority_certificate_list ON authority_certificate (kind, generation, state, municipality);
CREATE INDEX authority_certificate_end ON authority_certificate (state, not_after);

-- Signature keys made for one chip. The private half was never here, and the
-- wrapped one is known by its digest alone (CRT-24, P-55).
CREATE TABLE authority_injected (
    id             TEXT  NOT NULL PRIMARY KEY,
    card           TEXT  NOT NULL,
    transport_key  BYTEA NOT NULL,
    public_key     BYTEA NOT NULL,
    wrapped_digest BYTEA NOT NULL,
    destroyed_at   TEXT  NOT NULL
);
