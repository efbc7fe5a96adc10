//! Filling a log: with what has happened before anything is measured, or to see how fast that is.

use std::time::Instant;

use bytes::Bytes;
use cqrs::{Aggregate, Append, CommandId, Expected, Metadata, NewEvent, Store, StreamId};
use cqrs_bench_harness::{
    EVENTS_PER_APPEND, Failure, Measure, Measured, Renamed, Request, Unit, rate, stream_id,
};
use uuid::Uuid;

use super::{model::User, opened::Opened};

pub(super) async fn run(request: &Request, events: usize, streams: usize) -> Measured {
    let opened = Opened::new(request).await?;
    let begun = Instant::now();
    fill(opened.store(), User::NAME, events, streams).await?;
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

/// Appends this many events, spread evenly over the streams of an aggregate.
pub(super) async fn fill(
    store: &dyn Store,
    aggregate: &'static str,
    events: usize,
    streams: usize,
) -> Result<(), Failure> {
    let mut written = 0;
    while written < events {
        let end = events.min(written + EVENTS_PER_APPEND);
        store
            .append(append(aggregate, written..end, streams)?)
            .await?;
        written = end;
    }
    Ok(())
}

fn append(
    aggregate: &'static str,
    numbers: std::ops::Range<usize>,
    streams: usize,
) -> Result<Append, Failure> {
    let first = numbers.start;
    let of_stream = |offset: usize| numbers.clone().skip(offset).step_by(streams);
    (0..streams.min(numbers.len())).try_fold(Append::new(), |append, offset| {
        let stream = (first + offset) % streams;
        let events: Result<Vec<_>, _> = of_stream(offset)
            .map(|number| event(stream, number))
            .collect();
        let stream = StreamId::new(aggregate, stream_id(stream))?;
        Ok(append.stream(stream, Expected::Any, events?))
    })
}

fn event(stream: usize, number: usize) -> Result<NewEvent, Failure> {
    let command = CommandId::new(Uuid::now_v7());
    let payload = serde_json::to_vec(&Renamed::sample(stream, u64::try_from(number)?))?;
    Ok(NewEvent {
        id: command.event(0),
        name: "Renamed".into(),
        version: 1,
        payload: Bytes::from(payload),
        tags: Vec::new(),
        metadata: Metadata::new()
            .command(command)
            .correlation(command)
            .causation(command),
    })
}
