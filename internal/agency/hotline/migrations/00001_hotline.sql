-- +goose Up
CREATE TABLE hotline_case (
    receipt      TEXT NOT NULL PRIMARY KEY,
    card         TEXT NOT NULL,
    person       TEXT NOT NULL,
    cause        TEXT NOT NULL,
    police       TEXT NOT NULL,
    in_doubt     INTEGER NOT NULL,
    operator     TEXT NOT NULL,
    reported_at  TEXT NOT NULL
);
CREATE INDEX hotline_case_card ON hotline_case (card, reported_at);
