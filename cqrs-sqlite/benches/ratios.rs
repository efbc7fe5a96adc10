//! The store beside bare rusqlite, in the same run on the same disk: `cargo bench -p cqrs-sqlite`.
//!
//! What counts is the ratio; the absolute numbers are those of the disk.

#![expect(clippy::print_stdout, reason = "the report is what it is for")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use cqrs_core::{
    Append, EventId, EventStore, Expected, Metadata, NewEvent, Position, Range, Revision, StreamId,
};
use cqrs_sqlite::Sqlite;
use rusqlite::{Connection, params};
use serde::Deserialize;
use uuid::Uuid;

const STREAMS: usize = 1_000;
const TASKS: usize = 64;
const PAYLOAD: &str =
    r#"{"user":"u-4711","email":"john.doe@example.com","name":"John Doe","age":42,"active":true}"#;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Deserialize)]
struct Payload {
    user: String,
    email: String,
    name: String,
    age: u32,
    active: bool,
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    for round in 1..=3 {
        println!("round {round}");
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let raw = raw_appends(&directory.path().join("raw.db"), 20_000)?;
        let store = Sqlite::open(directory.path().join("store.db"))?;
        let own = runtime.block_on(appends(&store, 20_000))?;
        report("appends/s, 64 at once (bare: 64 a transaction)", raw, own);
        let raw = raw_appends_alone(&directory.path().join("raw.db"), 500)?;
        let own = runtime.block_on(appends_alone(&store, 500))?;
        report("appends/s, one after another", raw, own);
        let raw = raw_loads(&directory.path().join("raw.db"), 200)?;
        let own = runtime.block_on(loads(&store, 200))?;
        report("events/s, a stream of 1000 loaded and decoded", raw, own);
        let raw = raw_scan(&directory.path().join("raw.db"))?;
        let own = runtime.block_on(scan(&store))?;
        report("events/s, the whole log in pages of 500, decoded", raw, own);
        runtime.block_on(store.close())?;
    }
    Ok(())
}

fn report(what: &str, raw: f64, own: f64) {
    println!(
        "  {what}: bare {raw:.0}, store {own:.0}, ratio {:.2}",
        own / raw
    );
}

fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

// The store.

fn event(name: &'static str) -> NewEvent {
    let command = cqrs_core::CommandId::new(Uuid::now_v7());
    NewEvent {
        id: command.event(0),
        name: name.into(),
        version: 1,
        payload: Bytes::from_static(PAYLOAD.as_bytes()),
        tags: Vec::new(),
        metadata: Metadata::new()
            .command(command)
            .correlation(command)
            .causation(command),
    }
}

async fn append(store: &Sqlite, stream: StreamId) -> Outcome<()> {
    let append = Append::new().stream(stream, Expected::Any, [event("UserRenamed")]);
    let store: &dyn EventStore = store;
    store.append(append).await?;
    Ok(())
}

async fn appends(store: &Sqlite, count: usize) -> Outcome<f64> {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            for index in (task..count).step_by(TASKS) {
                let stream = StreamId::new("User", format!("u-{}", index % STREAMS))?;
                append(&store, stream).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(per_second(count, begun.elapsed()))
}

async fn appends_alone(store: &Sqlite, count: usize) -> Outcome<f64> {
    let begun = Instant::now();
    for index in 0..count {
        append(
            store,
            StreamId::new("User", format!("u-{}", index % STREAMS))?,
        )
        .await?;
    }
    Ok(per_second(count, begun.elapsed()))
}

async fn loads(store: &Sqlite, count: usize) -> Outcome<f64> {
    let stream = StreamId::new("User", "hot")?;
    let events = (0..1_000).map(|_| event("UserRenamed"));
    let filled = Append::new().stream(stream.clone(), Expected::NoStream, events);
    (store as &dyn EventStore).append(filled).await?;
    let begun = Instant::now();
    for _ in 0..count {
        let page = store.read_stream(&stream, Revision::NONE, 1_000).await?;
        assert_eq!(page.events.len(), 1_000);
        for event in &page.events {
            consume(&serde_json::from_slice(&event.payload)?);
        }
    }
    Ok(per_second(count * 1_000, begun.elapsed()))
}

async fn scan(store: &Sqlite) -> Outcome<f64> {
    let begun = Instant::now();
    let mut after = Position::START;
    let mut count = 0;
    loop {
        let page = store
            .read(&cqrs_core::EventQuery::all(), Range::after(after))
            .await?;
        let Some(last) = page.events.last() else {
            return Ok(per_second(count, begun.elapsed()));
        };
        after = last.meta.position;
        count += page.events.len();
        for event in &page.events {
            consume(&serde_json::from_slice(&event.payload)?);
        }
    }
}

#[expect(clippy::missing_const_for_fn, reason = "it pretends to read")]
fn consume(payload: &Payload) {
    std::hint::black_box((
        &payload.user,
        &payload.email,
        &payload.name,
        payload.age,
        payload.active,
    ));
}

// Bare rusqlite: the same columns and the same logical indexes.

fn raw(path: &Path) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS events (
             position INTEGER PRIMARY KEY, aggregate TEXT NOT NULL, stream TEXT NOT NULL,
             revision INTEGER NOT NULL, event_id BLOB NOT NULL UNIQUE, name TEXT NOT NULL,
             version INTEGER NOT NULL, payload BLOB NOT NULL, command_id BLOB, correlation_id BLOB,
             causation_id BLOB, actor TEXT, tenant TEXT, recorded_at INTEGER NOT NULL,
             UNIQUE (aggregate, stream, revision)) STRICT;
         CREATE INDEX IF NOT EXISTS events_name ON events (name);",
    )?;
    Ok(connection)
}

fn raw_insert(connection: &Connection, stream: &str, revision: usize) -> Outcome<()> {
    let command = cqrs_core::CommandId::new(Uuid::now_v7());
    let id: EventId = command.event(0);
    let command = command.get();
    connection
        .prepare_cached(
            "INSERT INTO events (aggregate, stream, revision, event_id, name, version, payload,
             command_id, correlation_id, causation_id, recorded_at)
             VALUES ('User', ?1, ?2, ?3, 'UserRenamed', 1, ?4, ?5, ?5, ?5, 1700000000000000)",
        )?
        .execute(params![
            stream,
            i64::try_from(revision)?,
            id.get().as_bytes(),
            PAYLOAD.as_bytes(),
            command.as_bytes()
        ])?;
    Ok(())
}

fn raw_appends(path: &Path, count: usize) -> Outcome<f64> {
    let connection = raw(path)?;
    let begun = Instant::now();
    for batch in 0..count / TASKS {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for index in (batch * TASKS)..((batch + 1) * TASKS) {
            let stream = format!("u-{}", index % STREAMS);
            raw_insert(&connection, &stream, 1 + index / STREAMS)?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(per_second(count / TASKS * TASKS, begun.elapsed()))
}

fn raw_appends_alone(path: &Path, count: usize) -> Outcome<f64> {
    let connection = raw(path)?;
    let begun = Instant::now();
    for index in 0..count {
        raw_insert(&connection, "alone", 1 + index)?;
    }
    Ok(per_second(count, begun.elapsed()))
}

fn raw_loads(path: &Path, count: usize) -> Outcome<f64> {
    let connection = raw(path)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for index in 0..1_000 {
        raw_insert(&connection, "hot", 1 + index)?;
    }
    connection.execute_batch("COMMIT")?;
    let mut select = connection.prepare(
        "SELECT position, revision, event_id, name, version, payload, recorded_at, stream,
         command_id, correlation_id, causation_id, actor, tenant FROM events
         WHERE aggregate = 'User' AND stream = 'hot' ORDER BY revision",
    )?;
    let begun = Instant::now();
    for _ in 0..count {
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            raw_consume(row)?;
        }
    }
    Ok(per_second(count * 1_000, begun.elapsed()))
}

fn raw_scan(path: &Path) -> Outcome<f64> {
    let connection = raw(path)?;
    let mut select = connection.prepare(
        "SELECT position, revision, event_id, name, version, payload, recorded_at, stream,
         command_id, correlation_id, causation_id, actor, tenant FROM events
         ORDER BY position",
    )?;
    let begun = Instant::now();
    let mut count = 0;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        raw_consume(row)?;
        count += 1;
    }
    Ok(per_second(count, begun.elapsed()))
}

fn raw_consume(row: &rusqlite::Row<'_>) -> Outcome<()> {
    // What an event consists of, as a program would hold it.
    let event: (i64, i64, [u8; 16], String, u32, i64, String) = (
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(6)?,
        row.get(7)?,
    );
    let metadata: [Option<[u8; 16]>; 3] = [row.get(8)?, row.get(9)?, row.get(10)?];
    let labels: (Option<String>, Option<String>) = (row.get(11)?, row.get(12)?);
    std::hint::black_box((event, metadata, labels));
    consume(&serde_json::from_slice(row.get_ref(5)?.as_blob()?)?);
    Ok(())
}
