-- +goose Up
CREATE TABLE intake_application (
    id           TEXT NOT NULL PRIMARY KEY,
    person       TEXT NOT NULL,
    municipality TEXT NOT NULL,
    state        TEXT NOT NULL,
    channel      TEXT NOT NULL,
    delivery     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    wishes       TEXT NOT NULL,
    photo_digest BYTEA NOT NULL,
    defects      TEXT NOT NULL,
    opened_at    TEXT NOT NULL,
    accepted_at  TEXT NOT NULL,
    version      BIGINT NOT NULL
);
-- One open application a person (APP-07), whoever asks first.
CREATE UNIQUE INDEX intake_application_open ON intake_application (person)
    WHERE state NOT IN ('accepted', 'withdrawn');
CREATE INDEX intake_application_person ON intake_application (person, state);
CREATE INDEX intake_application_photo ON intake_application (photo_digest);
-- Keyed by application and nothing else (P-03).
CREATE TABLE intake_photo (
    application TEXT NOT NULL PRIMARY KEY,
    jpeg        BYTEA NOT NULL
);
