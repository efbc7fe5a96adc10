//! Selecting the events of a stream and folding them.

use cqrs_bench_harness::{Failure, Measured, Request, Rule, Tally, stream_id, time_loads};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    commands::commit_for,
    sqlite::{COLUMNS, fill, open, read},
};

/// With a snapshot at every 100 events there are so many to apply on average.
const TAIL: usize = 50;

pub(super) async fn run(request: &Request, events: usize, snapshot: bool) -> Measured {
    let connection = open(&request.directory)?;
    let streams = 2;
    fill(&connection, events * streams, streams)?;
    let mut wanted = events;
    if snapshot {
        keep(&connection, streams)?;
        fill(&connection, TAIL * streams, streams)?;
        wanted += TAIL;
    }
    let load = async |id: String| Ok(load(&connection, &id)?.renamed);
    Ok(vec![
        time_loads(request.seconds, streams, wanted, load).await?,
    ])
}

/// As much as the framework does in a store of this size.
pub(super) async fn size(request: &Request, events: usize) -> Measured {
    const EACH: usize = 100;
    let connection = open(&request.directory)?;
    let streams = events / EACH;
    fill(&connection, events, streams)?;
    let load = async |id: String| Ok(load(&connection, &id)?.renamed);
    let loaded = time_loads(request.seconds, streams, EACH, load).await?;
    let streams = streams.min(1_000);
    let mut measures = commit_for(&connection, request.seconds, 64, streams, Rule::Stream)?;
    measures.push(loaded);
    Ok(measures)
}

fn load(connection: &Connection, id: &str) -> Result<Tally, Failure> {
    let kept: Option<(i64, Vec<u8>)> = connection
        .prepare_cached(
            "SELECT snapshots.revision, state FROM streams
             JOIN snapshots ON snapshots.stream = streams.id WHERE streams.stream = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (revision, mut state) = match kept {
        Some((revision, state)) => (revision, serde_json::from_slice(&state)?),
        None => (0, Tally::default()),
    };
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events
         WHERE stream = (SELECT id FROM streams WHERE stream = ?1) AND revision > ?2
         ORDER BY revision"
    ))?;
    let mut rows = select.query(params![id, revision])?;
    while let Some(row) = rows.next()? {
        state.apply(&read(row)?);
    }
    Ok(state)
}

fn keep(connection: &Connection, streams: usize) -> Result<(), Failure> {
    for stream in 0..streams {
        let id = stream_id(stream);
        let state = load(connection, &id)?;
        connection.execute(
            "INSERT INTO snapshots (stream, revision, state)
             SELECT id, ?2, ?3 FROM streams WHERE stream = ?1",
            params![
                id,
                i64::try_from(state.renamed)?,
                serde_json::to_vec(&state)?
            ],
        )?;
    }
    Ok(())
}
