-- +goose Up

-- How far the count of serial numbers was handed out, in blocks, over both
-- authorities and all time; see the package jpki/serial. Older numbers were drawn
-- and are of no count; authority_serial holds both kinds.
CREATE TABLE authority_count (
    id      INTEGER NOT NULL PRIMARY KEY,
    claimed BIGINT  NOT NULL
);

INSERT INTO authority_count (id, claimed) VALUES (1, 0);
