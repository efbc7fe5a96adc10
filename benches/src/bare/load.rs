//! Selecting the events of a stream and folding them.

use std::time::{Duration, Instant};

use cqrs_bench_harness::{
    Failure, Measure, Measured, Request, Rule, Tally, Unit, median, stream_id,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    commands::commit_for,
    sqlite::{COLUMNS, fill, open, read},
};

/// With a snapshot at every 100 events there are so many to apply on average.
const TAIL: usize = 50;

pub(super) fn run(request: &Request, events: usize, snapshot: bool) -> Measured {
    let connection = open(&request.directory)?;
    let streams = 2;
    fill(&connection, events * streams, streams)?;
    let mut wanted = events;
    if snapshot {
        keep(&connection, streams)?;
        fill(&connection, TAIL * streams, streams)?;
        wanted += TAIL;
    }
    Ok(vec![measure(
        &connection,
        request.seconds,
        streams,
        wanted,
    )?])
}

/// As much as the framework does in a store of this size.
pub(super) fn size(request: &Request, events: usize) -> Measured {
    const EACH: usize = 100;
    let connection = open(&request.directory)?;
    let streams = events / EACH;
    fill(&connection, events, streams)?;
    let loaded = measure(&connection, request.seconds, streams, EACH)?;
    let streams = streams.min(1_000);
    let mut measures = commit_for(&connection, request.seconds, 64, streams, Rule::Stream)?;
    measures.push(loaded);
    Ok(measures)
}

fn measure(
    connection: &Connection,
    seconds: f64,
    streams: usize,
    events: usize,
) -> Result<Measure, Failure> {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let mut loads = Vec::new();
    let mut turn = 0;
    while turn < 4 || Instant::now() < until {
        let id = stream_id(turn % streams);
        let begun = Instant::now();
        let state = load(connection, &id)?;
        loads.push(begun.elapsed().as_secs_f64() * 1e6);
        if state.renamed != u64::try_from(events)? {
            return Err(format!("{} events were applied, and not {events}", state.renamed).into());
        }
        turn += 1;
    }
    Ok(Measure::new("load", median(&loads), Unit::Microseconds))
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
