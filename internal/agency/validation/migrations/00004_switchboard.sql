-- +goose Up

-- Faults that are switched on; kind '' and serial '' stand for all.
CREATE TABLE validation_switch (
    kind   TEXT NOT NULL,
    serial TEXT NOT NULL,
    fault  TEXT NOT NULL,
    set_at TEXT NOT NULL,
    set_by TEXT NOT NULL,
    PRIMARY KEY (kind, serial)
);
