-- +goose Up
CREATE TABLE custody_item (
    card         TEXT NOT NULL PRIMARY KEY,
    municipality TEXT NOT NULL,
    branch       TEXT NOT NULL,
    state        TEXT NOT NULL,
    place        TEXT NOT NULL,
    custodian    TEXT NOT NULL,
    since        TEXT NOT NULL,
    consignment  TEXT NOT NULL
);
CREATE INDEX custody_item_branch ON custody_item (branch, state);
-- Every hand-over, with giver and taker.
CREATE TABLE custody_move (
    card     TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    act      TEXT NOT NULL,
    giver    TEXT NOT NULL,
    taker    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    moved_at TEXT NOT NULL,
    PRIMARY KEY (card, seq)
);
CREATE TABLE custody_count (
    branch   TEXT NOT NULL,
    day      TEXT NOT NULL,
    expected BIGINT NOT NULL,
    scanned  BIGINT NOT NULL,
    missing  TEXT NOT NULL,
    strange  TEXT NOT NULL,
    closed_by TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    PRIMARY KEY (branch, day)
);
