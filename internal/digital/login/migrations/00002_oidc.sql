-- +goose Up

-- OpenID Connect. Times that a relying party is told (codes, tokens, assertions)
-- are by the parties' clock, all others by the house's.

-- document is the client as JSON; sector the origin whose party gives the pairwise ids.
CREATE TABLE login_oidc_client (
    id            TEXT NOT NULL PRIMARY KEY,
    party         TEXT NOT NULL,
    sector        TEXT NOT NULL,
    source        TEXT NOT NULL,
    document      TEXT NOT NULL,
    registered_at TEXT NOT NULL
);
CREATE INDEX login_oidc_client_sector ON login_oidc_client (sector);

-- browser is the SHA-256 of the cookie of the browser that asked. outcome is JSON:
-- the error with which it ends, or ''.
CREATE TABLE login_oidc_interaction (
    id             TEXT    NOT NULL PRIMARY KEY,
    client         TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    request        TEXT    NOT NULL,
    browser        BYTEA   NOT NULL,
    challenge      TEXT    NOT NULL,
    message        BYTEA   NOT NULL,
    challenge_ends TEXT    NOT NULL,
    attempts       BIGINT  NOT NULL,
    pairwise       TEXT    NOT NULL,
    auth_time      TEXT    NOT NULL,
    attributes     TEXT    NOT NULL,
    consented      INTEGER NOT NULL,
    signature      BYTEA   NOT NULL,
    certificate    BYTEA   NOT NULL,
    outcome        TEXT    NOT NULL,
    begun_at       TEXT    NOT NULL,
    expires_at     TEXT    NOT NULL
);
CREATE INDEX login_oidc_interaction_end ON login_oidc_interaction (expires_at);

-- What a holder granted. code is the SHA-256 of the code. attributes are JSON, and
-- '' once the grant has ended.
CREATE TABLE login_oidc_grant (
    id         TEXT  NOT NULL PRIMARY KEY,
    client     TEXT  NOT NULL,
    state      TEXT  NOT NULL,
    pairwise   TEXT  NOT NULL,
    request    TEXT  NOT NULL,
    auth_time  TEXT  NOT NULL,
    attributes TEXT  NOT NULL,
    code       BYTEA NOT NULL UNIQUE,
    code_ends  TEXT  NOT NULL,
    ends_at    TEXT  NOT NULL
);
CREATE INDEX login_oidc_grant_end ON login_oidc_grant (ends_at);
CREATE INDEX login_oidc_grant_subject ON login_oidc_grant (client, pairwise);

CREATE TABLE login_oidc_refresh (
    token    BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT  NOT NULL,
    ends_at  TEXT  NOT NULL,
    used_at  TEXT  NOT NULL
);
CREATE INDEX login_oidc_refresh_end ON login_oidc_refresh (ends_at);

-- Assertions that were used: SHA-256 of client and jti.
CREATE TABLE login_oidc_assertion (
    id      BYTEA NOT NULL PRIMARY KEY,
    ends_at TEXT  NOT NULL
);
CREATE INDEX login_oidc_assertion_end ON login_oidc_assertion (ends_at);

-- What a holder permits a client without being asked again.
CREATE TABLE login_oidc_consent (
    holder   TEXT NOT NULL,
    client   TEXT NOT NULL,
    claims   TEXT NOT NULL,
    given_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    PRIMARY KEY (holder, client)
);

CREATE TABLE login_oidc_signing (
    id          TEXT    NOT NULL PRIMARY KEY,
    client      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    digest      BYTEA   NOT NULL,
    raw         INTEGER NOT NULL,
    grant_id    TEXT    NOT NULL,
    signature   BYTEA   NOT NULL,
    certificate BYTEA   NOT NULL,
    verdict     TEXT    NOT NULL,
    begun_at    TEXT    NOT NULL,
    ends_at     TEXT    NOT NULL,
    signed_at   TEXT    NOT NULL
);
CREATE INDEX login_oidc_signing_end ON login_oidc_signing (ends_at);

-- A holder who looks at what they have permitted.
CREATE TABLE login_oidc_visit (
    cookie  BYTEA NOT NULL PRIMARY KEY,
    holder  TEXT  NOT NULL,
    ends_at TEXT  NOT NULL
);
CREATE INDEX login_oidc_visit_end ON login_oidc_visit (ends_at);
