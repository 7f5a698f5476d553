-- +goose Up

-- What revocation lists hold, in their order: numbers without leading zeros, of
-- which the longer is the higher. Rows come in as certificates are revoked or held.
CREATE INDEX authority_certificate_listed ON authority_certificate (kind, generation, (length(serial)), serial)
    WHERE state IN ('revoked', 'on_hold');
CREATE INDEX authority_certificate_listed_place ON authority_certificate (kind, generation, municipality, (length(serial)), serial)
    WHERE state IN ('revoked', 'on_hold');
