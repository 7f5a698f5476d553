-- +goose Up

-- Accredited verifiers. purposes are parted by blanks, in the order of the code.
CREATE TABLE validation_verifier (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    purposes   TEXT NOT NULL,
    from_day   TEXT NOT NULL,
    to_day     TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL
);

-- Published revocation lists; municipality '' is the complete list.
CREATE TABLE validation_list (
    kind         TEXT   NOT NULL,
    generation   BIGINT NOT NULL,
    municipality TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    this_update  TEXT   NOT NULL,
    next_update  TEXT   NOT NULL,
    der          BYTEA  NOT NULL,
    PRIMARY KEY (kind, generation, municipality, number)
);
