-- +goose Up
-- One row: what this database is for. It is written before anything else is.
CREATE TABLE purpose_mark (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    purpose TEXT NOT NULL CHECK (purpose IN ('sandbox', 'production'))
);
