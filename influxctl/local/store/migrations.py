"""The tables of the metadata file, one script a layout version; a script that was released is never changed, only followed.

Statements end with a semicolon at the end of a line.
"""

from __future__ import annotations

_FIRST = """
CREATE TABLE resource (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    org_id TEXT NOT NULL DEFAULT '',
    parent_id TEXT NOT NULL DEFAULT '',
    name TEXT,
    unique_key TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX resource_org ON resource (kind, org_id, id);
CREATE INDEX resource_name ON resource (kind, name);
CREATE INDEX resource_parent ON resource (parent_id) WHERE parent_id <> '';
CREATE UNIQUE INDEX resource_unique ON resource (kind, unique_key) WHERE unique_key IS NOT NULL;
CREATE TABLE member (
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (resource_kind, resource_id, user_id)
) WITHOUT ROWID;
CREATE INDEX member_user ON member (user_id);
CREATE TABLE label_mapping (
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    label_id TEXT NOT NULL,
    PRIMARY KEY (resource_kind, resource_id, label_id)
) WITHOUT ROWID;
CREATE INDEX label_mapping_label ON label_mapping (label_id);
CREATE TABLE token (
    hash BLOB NOT NULL PRIMARY KEY,
    authorization_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_authorization ON token (authorization_id);
CREATE TABLE password (
    owner_id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE session (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE secret (
    org_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (org_id, key)
) WITHOUT ROWID;
CREATE TABLE dropped_bucket (
    bucket_id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE task_run (
    task_id TEXT NOT NULL,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    scheduled_for INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (task_id, id)
) WITHOUT ROWID;
CREATE TABLE usage (
    org_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    measurement TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    status TEXT NOT NULL,
    bucket_id TEXT NOT NULL,
    field TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (org_id, time, measurement, endpoint, status, bucket_id, field)
) WITHOUT ROWID
"""

_INBOX = """
CREATE TABLE caught (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL
)
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _INBOX)
