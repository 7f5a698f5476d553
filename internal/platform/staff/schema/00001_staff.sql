-- +goose Up
CREATE TABLE staff_branch (
    id           TEXT PRIMARY KEY,
    municipality TEXT NOT NULL,
    name         TEXT NOT NULL,
    weekdays     TEXT NOT NULL,
    opens        TEXT NOT NULL,
    closes       TEXT NOT NULL
);
CREATE TABLE staff_member (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    branch   TEXT NOT NULL REFERENCES staff_branch (id),
    employer TEXT NOT NULL,
    person   TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'left'))
);
CREATE INDEX staff_member_employer ON staff_member (employer);
CREATE TABLE staff_role (
    member TEXT NOT NULL REFERENCES staff_member (id),
    role   TEXT NOT NULL,
    PRIMARY KEY (member, role)
);
CREATE TABLE staff_terminal (
    id     TEXT PRIMARY KEY,
    branch TEXT NOT NULL REFERENCES staff_branch (id),
    state  TEXT NOT NULL CHECK (state IN ('registered', 'missing', 'retired')),
    since  TEXT NOT NULL
);
