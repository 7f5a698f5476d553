-- +goose Up

-- What may be loaded into the free area of cards: approved applets of providers,
-- each with its legal basis. An approval that ended stays on record.
CREATE TABLE cards_offering (
    id       TEXT    NOT NULL PRIMARY KEY,
    provider TEXT    NOT NULL,
    basis    TEXT    NOT NULL,
    type     INTEGER NOT NULL,
    area     INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    since    TEXT    NOT NULL,
    ended_at TEXT    NOT NULL DEFAULT ''
);

-- What the office permitted to be loaded, and what the chip said it holds.
-- state: granted, loaded, removed.
CREATE TABLE cards_applet (
    card       TEXT    NOT NULL,
    aid        BYTEA   NOT NULL,
    slot       INTEGER NOT NULL,
    offering   TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    consent    TEXT    NOT NULL,
    changed_at TEXT    NOT NULL,
    PRIMARY KEY (card, aid)
);

-- The free area of a card as its chip last described it, in bytes.
CREATE TABLE cards_free_area (
    card     TEXT   NOT NULL PRIMARY KEY,
    capacity BIGINT NOT NULL,
    used     BIGINT NOT NULL,
    at       TEXT   NOT NULL
);
