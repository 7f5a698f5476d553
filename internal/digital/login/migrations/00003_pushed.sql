-- +goose Up

-- Pushed authorization requests (RFC 9126). uri is the SHA-256 of the secret in the
-- request_uri; used_at is '' until a browser brought it. Both times are by the
-- parties' clock.
CREATE TABLE login_oidc_pushed (
    uri     BYTEA NOT NULL PRIMARY KEY,
    client  TEXT  NOT NULL,
    request TEXT  NOT NULL,
    ends_at TEXT  NOT NULL,
    used_at TEXT  NOT NULL
);
CREATE INDEX login_oidc_pushed_end ON login_oidc_pushed (ends_at);
