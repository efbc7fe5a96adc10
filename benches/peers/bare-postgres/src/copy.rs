//! COPY, the fastest way by which PostgreSQL takes anything in.

use std::{
    ops::Range,
    pin::pin,
    time::{Instant, SystemTime},
};

use cqrs_bench_harness::{
    EVENTS_PER_APPEND, Failure, Measure, Measured, Renamed, Request, Unit, rate, stream_id,
};
use tokio_postgres::{Client, Statement, binary_copy::BinaryCopyInWriter, types::Type};
use uuid::Uuid;

use crate::schema::create;

const COPY: &str = "
    COPY events (position, stream, revision, event_id, name, version, recorded_at, command_id,
        correlation_id, causation_id, payload)
    FROM STDIN (FORMAT binary)";

const TYPES: [Type; 11] = [
    Type::INT8,
    Type::TEXT,
    Type::INT8,
    Type::UUID,
    Type::INT2,
    Type::INT4,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::UUID,
    Type::UUID,
    Type::BYTEA,
];

pub(crate) async fn run(request: &Request, events: usize, streams: usize) -> Measured {
    let client = create(request).await?;
    let statement = client.prepare(COPY).await?;
    let begun = Instant::now();
    for first in (0..events).step_by(EVENTS_PER_APPEND) {
        let numbers = first..events.min(first + EVENTS_PER_APPEND);
        copy(&client, &statement, numbers, streams).await?;
    }
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

/// One transaction.
async fn copy(
    client: &Client,
    statement: &Statement,
    numbers: Range<usize>,
    streams: usize,
) -> Result<(), Failure> {
    let sink = client.copy_in(statement).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &TYPES));
    for number in numbers {
        let stream = number % streams;
        let command = Uuid::now_v7();
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 11] = [
            &i64::try_from(number + 1)?,
            &stream_id(stream),
            &i64::try_from(number / streams + 1)?,
            &Uuid::now_v7(),
            &1_i16,
            &1_i32,
            &SystemTime::now(),
            &command,
            &command,
            &command,
            &serde_json::to_vec(&Renamed::sample(stream, u64::try_from(number)?))?,
        ];
        rows.as_mut().write(&row).await?;
    }
    rows.finish().await?;
    Ok(())
}
