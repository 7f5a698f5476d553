-- +goose Up

-- Certificates on phones stand in the same table as those on cards, under the
-- card that they came from. parent is the card's certificate of the same kind,
-- with which they end (CRT-68, CRT-70).
ALTER TABLE authority_certificate ADD COLUMN medium TEXT NOT NULL DEFAULT 'card';
ALTER TABLE authority_certificate ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE authority_certificate ADD COLUMN parent TEXT NOT NULL DEFAULT '';
CREATE INDEX authority_certificate_parent ON authority_certificate (parent) WHERE parent <> '';
CREATE INDEX authority_certificate_phone ON authority_certificate (phone) WHERE phone <> '';

-- A phone from the challenge that its holder's card signs to its end. The rest of
-- a row is empty until the card has signed.
CREATE TABLE authority_phone (
    id          TEXT   NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    nonce       TEXT   NOT NULL,
    not_after   TEXT   NOT NULL,
    offered_at  TEXT   NOT NULL,
    person      TEXT   NOT NULL DEFAULT '',
    card        TEXT   NOT NULL DEFAULT '',
    replaces    TEXT   NOT NULL DEFAULT '',
    proof       TEXT   NOT NULL DEFAULT '',
    proved_at   TEXT   NOT NULL DEFAULT '',
    in_use_at   TEXT   NOT NULL DEFAULT '',
    end_reason  TEXT   NOT NULL DEFAULT '',
    ended_at    TEXT   NOT NULL DEFAULT ''
);

-- A person has one living phone (CRT-71).
CREATE UNIQUE INDEX authority_phone_living ON authority_phone (person) WHERE state = 'in_use';
CREATE INDEX authority_phone_person ON authority_phone (person) WHERE person <> '';
