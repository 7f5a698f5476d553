-- +goose Up
CREATE TABLE notice_letter (
    key       TEXT NOT NULL PRIMARY KEY,
    person    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    args      TEXT NOT NULL,
    written_at TEXT NOT NULL
);
CREATE INDEX notice_letter_person ON notice_letter (person, written_at);
