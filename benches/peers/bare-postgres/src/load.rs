//! Selecting the events of a stream and folding them.

use std::time::SystemTime;

use cqrs_bench_harness::{Failure, Measured, Renamed, Request, Rule, Tally, stream_id, time_loads};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::{
    group::commit_for,
    rows::fill,
    schema::{COLUMNS, create},
};

/// With a snapshot at every 100 events there are so many to apply on average.
const TAIL: usize = 50;

pub(crate) async fn run(request: &Request, events: usize, snapshot: bool) -> Measured {
    let client = create(request).await?;
    let streams = 2;
    fill(&client, events * streams, streams, 0).await?;
    let mut wanted = events;
    if snapshot {
        keep(&client, streams).await?;
        fill(&client, TAIL * streams, streams, events).await?;
        wanted += TAIL;
    }
    let prepared = prepare(&client).await?;
    let load = async |id: String| Ok(load(&client, &prepared, &id).await?.renamed);
    Ok(vec![
        time_loads(request.seconds, streams, wanted, load).await?,
    ])
}

/// As much as the framework does in a store of this size.
pub(crate) async fn size(request: &Request, events: usize) -> Measured {
    const EACH: usize = 100;
    let client = create(request).await?;
    let streams = events / EACH;
    fill(&client, events, streams, 0).await?;
    let prepared = prepare(&client).await?;
    let load = async |id: String| Ok(load(&client, &prepared, &id).await?.renamed);
    let loaded = time_loads(request.seconds, streams, EACH, load).await?;
    let streams = streams.min(1_000);
    let mut measures = commit_for(client, request.seconds, 64, streams, EACH, Rule::Stream).await?;
    measures.push(loaded);
    Ok(measures)
}

/// What is prepared for loading.
struct Load {
    snapshot: Statement,
    events: Statement,
}

async fn prepare(client: &Client) -> Result<Load, Failure> {
    let snapshot = "SELECT revision, state FROM snapshots WHERE stream = $1";
    let events = format!(
        "SELECT {COLUMNS} FROM events WHERE stream = $1 AND revision > $2 ORDER BY revision"
    );
    Ok(Load {
        snapshot: client.prepare(snapshot).await?,
        events: client.prepare(&events).await?,
    })
}

async fn load(client: &Client, prepared: &Load, id: &str) -> Result<Tally, Failure> {
    let kept = client.query_opt(&prepared.snapshot, &[&id]).await?;
    let (revision, mut state) = match kept {
        Some(row) => (row.try_get(0)?, serde_json::from_slice(row.try_get(1)?)?),
        None => (0_i64, Tally::default()),
    };
    for row in client.query(&prepared.events, &[&id, &revision]).await? {
        state.apply(&read(&row)?);
    }
    Ok(state)
}

async fn keep(client: &Client, streams: usize) -> Result<(), Failure> {
    let prepared = prepare(client).await?;
    for stream in 0..streams {
        let id = stream_id(stream);
        let state = load(client, &prepared, &id).await?;
        let insert = "INSERT INTO snapshots (stream, revision, state) VALUES ($1, $2, $3)";
        let revision = i64::try_from(state.renamed)?;
        client
            .execute(insert, &[&id, &revision, &serde_json::to_vec(&state)?])
            .await?;
    }
    Ok(())
}

/// Reads all of an event, as a program would hold it, and decodes its payload.
pub(crate) fn read(row: &Row) -> Result<Renamed, Failure> {
    let place: (i64, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let kind: (Uuid, i16, i32, SystemTime) = (
        row.try_get(3)?,
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
    );
    let metadata: [Option<Uuid>; 3] = [row.try_get(7)?, row.try_get(8)?, row.try_get(9)?];
    let labels: [Option<String>; 2] = [row.try_get(10)?, row.try_get(11)?];
    std::hint::black_box((place, kind, metadata, labels));
    Ok(serde_json::from_slice(row.try_get(12)?)?)
}
