//! Many events by one statement.

use std::time::{Instant, SystemTime};

use cqrs_bench_harness::{
    EVENTS_PER_APPEND, Failure, Measure, Measured, Renamed, Request, Unit, rate, stream_id,
};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use crate::schema::create;

/// How fast a log is filled.
pub(crate) async fn run(request: &Request, events: usize, streams: usize) -> Measured {
    let client = create(request).await?;
    let begun = Instant::now();
    insert(&client, events, streams, 0).await?;
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

/// Columns of events that are inserted together.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    positions: Vec<i64>,
    streams: Vec<String>,
    revisions: Vec<i64>,
    event_ids: Vec<Uuid>,
    command_ids: Vec<Uuid>,
    payloads: Vec<Vec<u8>>,
    tags: Vec<Option<String>>,
}

impl Rows {
    /// Adds one event.
    pub(crate) fn push(
        &mut self,
        position: i64,
        revision: i64,
        stream: usize,
        number: u64,
        tag: Option<String>,
    ) -> Result<(), Failure> {
        self.positions.push(position);
        self.streams.push(stream_id(stream));
        self.revisions.push(revision);
        self.event_ids.push(Uuid::now_v7());
        self.command_ids.push(Uuid::now_v7());
        self.payloads
            .push(serde_json::to_vec(&Renamed::sample(stream, number))?);
        self.tags.push(tag);
        Ok(())
    }

    /// Inserts them, unless an event with one of their tags is there already.
    pub(crate) async fn insert(
        &self,
        client: &Client,
        statement: &Statement,
    ) -> Result<(), Failure> {
        let inserted = client
            .query_one(
                statement,
                &[
                    &self.positions,
                    &self.streams,
                    &self.revisions,
                    &self.event_ids,
                    &self.command_ids,
                    &self.payloads,
                    &self.tags,
                    &SystemTime::now(),
                ],
            )
            .await?;
        let inserted: i64 = inserted.get(0);
        if usize::try_from(inserted)? == self.positions.len() {
            Ok(())
        } else {
            Err("a tag is taken".into())
        }
    }
}

/// How many are inserted; those whose tag is taken are not.
pub(crate) async fn prepare(client: &Client) -> Result<Statement, Failure> {
    let statement = client
        .prepare(
            "WITH new AS (
                 SELECT * FROM (
                     SELECT unnest($1::bigint[]) AS position, unnest($2::text[]) AS stream,
                         unnest($3::bigint[]) AS revision, unnest($4::uuid[]) AS event_id,
                         unnest($5::uuid[]) AS command_id, unnest($6::bytea[]) AS payload,
                         unnest($7::text[]) AS tag
                 ) AS u
                 WHERE tag IS NULL OR NOT EXISTS (SELECT 1 FROM tags WHERE tags.tag = u.tag)
             ), tagged AS (
                 INSERT INTO tags (tag, position)
                 SELECT tag, position FROM new WHERE tag IS NOT NULL
             ), inserted AS (
                 INSERT INTO events (position, stream, revision, event_id, name, version,
                     recorded_at, command_id, correlation_id, causation_id, payload)
                 SELECT position, stream, revision, event_id, 1, 1, $8, command_id, command_id,
                     command_id, payload FROM new
                 RETURNING 1
             ) SELECT count(*) FROM inserted",
        )
        .await?;
    Ok(statement)
}

/// Inserts so many events, spread evenly over so many streams, behind `before` events of each.
pub(crate) async fn fill(
    client: &Client,
    events: usize,
    streams: usize,
    before: usize,
) -> Result<(), Failure> {
    insert(client, events, streams, before).await?;
    // The planner is told what is there, as it would be some time later.
    client.batch_execute("ANALYZE").await?;
    Ok(())
}

async fn insert(
    client: &Client,
    events: usize,
    streams: usize,
    before: usize,
) -> Result<(), Failure> {
    let statement = prepare(client).await?;
    for begin in (0..events).step_by(EVENTS_PER_APPEND) {
        let mut rows = Rows::default();
        for number in begin..events.min(begin + EVENTS_PER_APPEND) {
            let position = i64::try_from(before * streams + number + 1)?;
            let revision = i64::try_from(before + number / streams + 1)?;
            rows.push(
                position,
                revision,
                number % streams,
                u64::try_from(number)?,
                None,
            )?;
        }
        rows.insert(client, &statement).await?;
    }
    Ok(())
}

/// The tag by which the event with this number is found.
pub(crate) fn tag(stream: usize, number: u64) -> String {
    format!("email:{}", Renamed::sample(stream, number).email)
}
