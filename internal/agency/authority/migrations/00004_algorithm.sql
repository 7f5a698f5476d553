-- +goose Up

-- The algorithm a generation signs with and certifies keys of, for its whole
-- life. Generations from before this column are RSA.
ALTER TABLE authority_generation ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'rsa-2048-sha256';
