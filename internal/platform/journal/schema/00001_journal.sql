-- +goose Up
CREATE TABLE journal_entry (
    seq         BIGINT PRIMARY KEY,
    at          TEXT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    terminal    TEXT NOT NULL,
    office      TEXT NOT NULL,
    act         TEXT NOT NULL,
    subject     TEXT NOT NULL,
    card        TEXT NOT NULL,
    serial      TEXT NOT NULL,
    application TEXT NOT NULL,
    session     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    ground      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    details     TEXT NOT NULL,
    hash        BYTEA NOT NULL
);
CREATE INDEX journal_entry_subject ON journal_entry (subject, seq) WHERE subject <> '';
CREATE INDEX journal_entry_card ON journal_entry (card, seq) WHERE card <> '';
CREATE INDEX journal_entry_actor ON journal_entry (actor_kind, actor_id, seq);

-- One row: the end of the chain and the last number given to an effect.
CREATE TABLE journal_head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seq     BIGINT NOT NULL,
    hash    BYTEA NOT NULL,
    effects BIGINT NOT NULL
);
INSERT INTO journal_head (id, seq, hash, effects) VALUES (1, 0, '', 0);

CREATE TABLE journal_effect (
    seq            BIGINT PRIMARY KEY,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL UNIQUE,
    lane           TEXT NOT NULL,
    payload        TEXT NOT NULL,
    payload_digest BYTEA NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'delivered', 'parked')),
    due            TEXT NOT NULL,
    attempts       BIGINT NOT NULL,
    lease          TEXT NOT NULL,
    fault          BIGINT NOT NULL,
    queued_at      TEXT NOT NULL,
    delivered_at   TEXT NOT NULL
);
CREATE INDEX journal_effect_open ON journal_effect (seq) WHERE state <> 'delivered';
CREATE INDEX journal_effect_lane ON journal_effect (lane, seq) WHERE state <> 'delivered' AND lane <> '';
