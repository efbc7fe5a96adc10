//! The tables and statements of a store on `SQLite`, and nothing more.

use std::{path::Path, time::Instant};

use cqrs_bench_harness::{
    EVENTS_PER_APPEND, Failure, Measure, Measured, Renamed, Request, Unit, rate, stream_id,
};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The columns and indexes of the framework's store, without what it alone needs.
const SCHEMA: &str = "
    CREATE TABLE streams (id INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE events (
        position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL,
        event_id BLOB NOT NULL, name INTEGER NOT NULL, version INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL, command_id BLOB, correlation_id BLOB, causation_id BLOB,
        actor TEXT, tenant TEXT, tags TEXT, payload BLOB NOT NULL) STRICT;
    CREATE UNIQUE INDEX events_stream ON events (stream, revision);
    CREATE UNIQUE INDEX events_id ON events (event_id);
    CREATE INDEX events_name ON events (name);
    CREATE TABLE tags (
        tag TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (tag, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE snapshots (stream INTEGER PRIMARY KEY, revision INTEGER, state BLOB) STRICT;
    CREATE TABLE documents (
        view INTEGER NOT NULL, key BLOB NOT NULL, content BLOB NOT NULL, PRIMARY KEY (view, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (view INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
    CREATE TABLE users (id TEXT PRIMARY KEY, renamed INTEGER NOT NULL, name TEXT NOT NULL) STRICT;
";

/// What is read of an event.
pub(super) const COLUMNS: &str = "position, stream, revision, event_id, name, version, recorded_at, \
     command_id, correlation_id, causation_id, actor, tenant, tags, payload";

/// A new file, with the settings of all contestants.
pub(super) fn open(directory: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(directory.join("bare.db"))?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// How fast a log is filled.
pub(super) fn run(request: &Request, events: usize, streams: usize) -> Measured {
    let connection = open(&request.directory)?;
    let begun = Instant::now();
    fill(&connection, events, streams)?;
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

/// Inserts one event behind the last one of its stream.
pub(super) fn insert(
    connection: &Connection,
    stream: usize,
    number: u64,
    tag: Option<&str>,
) -> Result<(), Failure> {
    let id = stream_id(stream);
    let found = connection
        .prepare_cached("SELECT id FROM streams WHERE stream = ?1")?
        .query_row([&id], |row| row.get::<_, i64>(0))
        .optional()?;
    let row = match found {
        Some(row) => row,
        None => connection
            .prepare_cached("INSERT INTO streams (stream) VALUES (?1)")?
            .insert([&id])?,
    };
    let payload = serde_json::to_vec(&Renamed::sample(stream, number))?;
    let command = Uuid::now_v7();
    let position = connection
        .prepare_cached(
            "INSERT INTO events (stream, revision, event_id, name, version, recorded_at, command_id,
             correlation_id, causation_id, tags, payload)
             VALUES (?1, 1 + coalesce((SELECT max(revision) FROM events WHERE stream = ?1), 0),
             ?2, 1, 1, 1700000000000000, ?3, ?3, ?3, ?4, ?5)",
        )?
        .insert(params![
            row,
            Uuid::now_v7().as_bytes(),
            command.as_bytes(),
            tag,
            payload
        ])?;
    if let Some(tag) = tag {
        connection
            .prepare_cached("INSERT INTO tags (tag, position) VALUES (?1, ?2)")?
            .execute(params![tag, position])?;
    }
    Ok(())
}

/// Inserts so many events, spread evenly over so many streams.
pub(super) fn fill(connection: &Connection, events: usize, streams: usize) -> Result<(), Failure> {
    for begin in (0..events).step_by(EVENTS_PER_APPEND) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for number in begin..events.min(begin + EVENTS_PER_APPEND) {
            insert(connection, number % streams, u64::try_from(number)?, None)?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(())
}

/// Reads all of an event, as a program would hold it, and decodes its payload.
pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<Renamed, Failure> {
    let place: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let kind: ([u8; 16], i64, u32, i64) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
    let metadata: [Option<[u8; 16]>; 3] = [row.get(7)?, row.get(8)?, row.get(9)?];
    let labels: [Option<String>; 3] = [row.get(10)?, row.get(11)?, row.get(12)?];
    std::hint::black_box((place, kind, metadata, labels));
    Ok(serde_json::from_slice(row.get_ref(13)?.as_blob()?)?)
}
