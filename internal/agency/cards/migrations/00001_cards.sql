-- +goose Up

-- One row a card. face is the security code, sealed for this card alone;
-- ordinal counts the person's cards.
CREATE TABLE cards_card (
    id            TEXT    NOT NULL PRIMARY KEY,
    version       BIGINT  NOT NULL,
    person        TEXT    NOT NULL,
    ordinal       BIGINT  NOT NULL,
    application   TEXT    NOT NULL,
    municipality  TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    end_reason    TEXT    NOT NULL DEFAULT '',
    last_act      TEXT    NOT NULL,
    accepted_on   TEXT    NOT NULL,
    issued_on     TEXT    NOT NULL DEFAULT '',
    expires_on    TEXT    NOT NULL,
    pinless       INTEGER NOT NULL,
    face          BYTEA   NOT NULL,
    card_key      BYTEA,
    transport_key BYTEA,
    consignment   TEXT    NOT NULL DEFAULT '',
    ordered_at    TEXT    NOT NULL,
    changed_at    TEXT    NOT NULL,
    suspended_at  TEXT    NOT NULL DEFAULT '',
    released_at   TEXT    NOT NULL DEFAULT '',
    notified      INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX cards_card_person ON cards_card (person, ordinal);

CREATE INDEX cards_card_end ON cards_card (state, expires_on);

-- One application makes one card, and another only where that one was spoiled.
CREATE UNIQUE INDEX cards_card_application ON cards_card (application) WHERE state <> 'spoiled';

-- Every cryptogram ever made. A challenge serves once for a card, for ever.
CREATE TABLE cards_grant (
    card       TEXT    NOT NULL,
    challenge  BYTEA   NOT NULL,
    session    BYTEA   NOT NULL,
    session_id TEXT    NOT NULL,
    op         INTEGER NOT NULL,
    script     BYTEA   NOT NULL,
    by_kind    TEXT    NOT NULL,
    by_id      TEXT    NOT NULL,
    terminal   TEXT    NOT NULL,
    second     TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    PRIMARY KEY (card, challenge)
);

-- The dead, so that no order that was under way when the death came makes a
-- card afterwards.
CREATE TABLE cards_dead (
    person TEXT NOT NULL PRIMARY KEY,
    at     TEXT NOT NULL
);
