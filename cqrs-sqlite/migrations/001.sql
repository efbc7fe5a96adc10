-- The first schema. Frozen: changes are made by the next file.

CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id BLOB NOT NULL,
    restore_epoch INTEGER NOT NULL,
    schema_version INTEGER NOT NULL
) STRICT;

-- Names of events and aggregates. Rows and indexes hold the number, which is a byte or two.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    aggregate INTEGER NOT NULL,
    stream TEXT NOT NULL,
    UNIQUE (aggregate, stream)
) STRICT;

-- Rows are never deleted. Erasing empties payload, metadata and tags, and sets erased_at.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    name INTEGER NOT NULL,
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, -- microseconds since 1970
    encoding INTEGER NOT NULL, -- of the payload; 0 is JSON
    key_id TEXT, -- of the key that the payload is encrypted with
    checksum INTEGER NOT NULL, -- CRC-32 of everything in the row
    erased_at INTEGER, -- microseconds since 1970
    command_id BLOB,
    correlation_id BLOB,
    causation_id BLOB,
    actor TEXT,
    tenant TEXT,
    tags TEXT, -- one a line, in the order given; the table tags is for finding them
    payload BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_stream ON events (stream, revision);
CREATE UNIQUE INDEX events_id ON events (event_id);
-- An index ends with the row's key, the position.
CREATE INDEX events_name ON events (name);

CREATE TABLE tags (
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,
    name INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    mixed INTEGER NOT NULL,
    built INTEGER NOT NULL,
    indexed INTEGER NOT NULL, -- whether a document of it has ever had an index value
    UNIQUE (kind, name, version)
) STRICT;

CREATE TABLE documents (
    view INTEGER NOT NULL,
    key BLOB NOT NULL,
    index_values BLOB, -- what document_indexes holds for it
    content BLOB NOT NULL,
    PRIMARY KEY (view, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE document_indexes (
    view INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (view, name, value, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
    subscription INTEGER NOT NULL,
    key BLOB NOT NULL,
    position INTEGER NOT NULL,
    key_text TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    parked_at INTEGER NOT NULL, -- microseconds since 1970
    PRIMARY KEY (subscription, key, position)
) STRICT, WITHOUT ROWID;
