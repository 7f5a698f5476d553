-- +goose Up
CREATE TABLE production_order (
    id           TEXT NOT NULL PRIMARY KEY,
    application  TEXT NOT NULL,
    person       TEXT NOT NULL,
    card         TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    photo_digest BYTEA NOT NULL,
    chip_photo   BYTEA NOT NULL,
    keys         TEXT NOT NULL,
    digests      TEXT NOT NULL,
    session      BYTEA NOT NULL,
    started_at   TEXT NOT NULL,
    written_by   TEXT NOT NULL,
    consignment  TEXT NOT NULL,
    placed_at    TEXT NOT NULL,
    version      BIGINT NOT NULL
);
-- One living order an application; a failed one makes room.
CREATE UNIQUE INDEX production_order_application ON production_order (application) WHERE state <> 'failed';
CREATE TABLE production_consignment (
    id           TEXT NOT NULL PRIMARY KEY,
    municipality TEXT NOT NULL,
    state        TEXT NOT NULL,
    sent_at      TEXT NOT NULL,
    changed_at   TEXT NOT NULL
);
CREATE TABLE production_manifest (
    consignment TEXT NOT NULL,
    line        BIGINT NOT NULL,
    card        TEXT NOT NULL UNIQUE,
    PRIMARY KEY (consignment, line)
);
