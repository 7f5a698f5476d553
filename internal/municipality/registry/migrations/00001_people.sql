-- +goose Up
CREATE TABLE registry_person (
    id           TEXT NOT NULL PRIMARY KEY,
    version      BIGINT NOT NULL,
    standing     TEXT NOT NULL,
    municipality TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    kana         TEXT NOT NULL,
    latin        TEXT NOT NULL,
    alias        TEXT NOT NULL,
    address      TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    sex          TEXT NOT NULL,
    residence    TEXT NOT NULL,
    stay_until   TEXT NOT NULL,
    died_on      TEXT NOT NULL,
    changed_at   TEXT NOT NULL
);
-- For the stop line alone.
CREATE INDEX registry_person_match ON registry_person (birth_date, name_key);
-- Every earlier state stays readable: certificates and cards tell from which
-- version they were made.
CREATE TABLE registry_history (
    person       TEXT NOT NULL,
    version      BIGINT NOT NULL,
    standing     TEXT NOT NULL,
    municipality TEXT NOT NULL,
    name         TEXT NOT NULL,
    address      TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    sex          TEXT NOT NULL,
    changed_at   TEXT NOT NULL,
    PRIMARY KEY (person, version)
);
