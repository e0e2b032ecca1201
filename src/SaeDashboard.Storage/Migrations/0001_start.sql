-- What people write. Times are UTC, ISO 8601 with milliseconds; ids of runs and takes are their folders' names.

CREATE TABLE users (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    created_utc TEXT NOT NULL
) STRICT;

-- One row a write, in the same transaction as what it tells of.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_utc  TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT
) STRICT;
CREATE INDEX audit_subject ON audit (subject, action);

-- A feature's label is its newest revision; an empty text is "no label any more".
CREATE TABLE label_revisions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sae_hash      TEXT NOT NULL,
    feature       INTEGER NOT NULL CHECK (feature >= 0),
    text          TEXT NOT NULL,
    note          TEXT,
    author_id     TEXT NOT NULL REFERENCES users (id),
    created_utc   TEXT NOT NULL,
    restored_from INTEGER REFERENCES label_revisions (id)
) STRICT;
CREATE INDEX label_revisions_feature ON label_revisions (sae_hash, feature, id);

CREATE TABLE ratings (
    revision_id INTEGER NOT NULL REFERENCES label_revisions (id),
    user_id     TEXT NOT NULL REFERENCES users (id),
    stars       INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    rated_utc   TEXT NOT NULL,
    PRIMARY KEY (revision_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE presets (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    json        TEXT NOT NULL CHECK (json_valid(json)),
    author_id   TEXT NOT NULL REFERENCES users (id),
    created_utc TEXT NOT NULL,
    shipped     INTEGER NOT NULL DEFAULT 0,
    deleted_utc TEXT
) STRICT;

CREATE TABLE takes (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    starred     INTEGER NOT NULL DEFAULT 0,
    stars       INTEGER CHECK (stars BETWEEN 1 AND 5),
    position    REAL NOT NULL DEFAULT 0,
    owner_id    TEXT NOT NULL REFERENCES users (id),
    created_utc TEXT NOT NULL,
    deleted_utc TEXT
) STRICT;

CREATE TABLE runs (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    owner_id    TEXT NOT NULL REFERENCES users (id),
    created_utc TEXT NOT NULL,
    deleted_utc TEXT
) STRICT;

-- What was asked of the executor. Progress and logs lie in the run's folder.
CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    device      TEXT NOT NULL,
    state       TEXT NOT NULL,
    message     TEXT,
    owner_id    TEXT NOT NULL REFERENCES users (id),
    queued_utc  TEXT NOT NULL,
    started_utc TEXT,
    ended_utc   TEXT
) STRICT;
CREATE INDEX jobs_run ON jobs (run_id, id);

CREATE TABLE drafts (
    user_id     TEXT NOT NULL REFERENCES users (id),
    key         TEXT NOT NULL,
    json        TEXT NOT NULL CHECK (json_valid(json)),
    updated_utc TEXT NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Folders outside the data folder that are used where they lie.
CREATE TABLE locations (
    path        TEXT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('model', 'dataset', 'sae')),
    shipped     INTEGER NOT NULL DEFAULT 0,
    added_by    TEXT NOT NULL REFERENCES users (id),
    added_utc   TEXT NOT NULL,
    removed_utc TEXT
) STRICT;
