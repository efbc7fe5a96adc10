//! Reading pages, decoding, and loading and writing the documents of each page.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Instant,
};

use cqrs_bench_harness::{Failure, Measure, Measured, Renamed, Request, Tally, Unit, rate};
use rusqlite::{Connection, OptionalExtension, params};

use super::sqlite::{COLUMNS, fill, open, read};

/// As many events as the framework takes at once.
const PAGE: usize = 512;

pub(super) fn run(request: &Request, events: usize, documents: usize, views: usize) -> Measured {
    let connection = open(&request.directory)?;
    fill(&connection, events, documents)?;
    let begun = Instant::now();
    let mut position = 0;
    loop {
        let page = page(&connection, position)?;
        let Some((last, _)) = page.last() else { break };
        position = *last;
        for view in 0..views {
            project(&connection, i64::try_from(view)?, position, &page)?;
        }
    }
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

/// The events after a position, with theirs.
pub(super) fn page(connection: &Connection, after: i64) -> Result<Vec<(i64, Renamed)>, Failure> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events WHERE position > ?1 ORDER BY position LIMIT {PAGE}"
    ))?;
    let mut rows = select.query([after])?;
    let mut events = Vec::with_capacity(PAGE);
    while let Some(row) = rows.next()? {
        events.push((row.get(0)?, read(row)?));
    }
    Ok(events)
}

fn project(
    connection: &Connection,
    view: i64,
    position: i64,
    page: &[(i64, Renamed)],
) -> Result<(), Failure> {
    let mut documents: HashMap<&str, Tally> = HashMap::new();
    let mut load =
        connection.prepare_cached("SELECT content FROM documents WHERE view = ?1 AND key = ?2")?;
    for (_, event) in page {
        let document = match documents.entry(&event.user) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(vacant) => {
                let key = event.user.as_bytes();
                let content: Option<Vec<u8>> = load
                    .query_row(params![view, key], |row| row.get(0))
                    .optional()?;
                let document = content.map(|content| serde_json::from_slice(&content));
                vacant.insert(document.transpose()?.unwrap_or_default())
            }
        };
        document.apply(event);
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut upsert = connection.prepare_cached(
        "INSERT INTO documents (view, key, content) VALUES (?1, ?2, ?3)
         ON CONFLICT (view, key) DO UPDATE SET content = ?3",
    )?;
    for (key, document) in documents {
        upsert.execute(params![
            view,
            key.as_bytes(),
            serde_json::to_vec(&document)?
        ])?;
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO checkpoints (view, position) VALUES (?1, ?2)")?
        .execute(params![view, position])?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}
