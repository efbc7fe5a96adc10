//! One call for a batch: requests as arrays, and the answer taken apart.

use std::{collections::HashMap, time::SystemTime};

use cqrs_core::{
    Append, AppendError, Appended, NewEvent, Position, StoreError, StreamId,
    store::append::Condition,
};
use tokio_postgres::{Row, types::Type};
use uuid::Uuid;

use super::hints::Hints;
use crate::{
    connection::{Connection, Param},
    error::{DbError, corrupt},
    names::Sql,
    numbers::{count, position, revision, to_sql},
    query::Items,
    row::{Sealed, get, tag_lines},
    shared::Seen,
};

/// What a call came to, request by request.
#[derive(Debug)]
pub(super) struct Outcome {
    /// `None` for one of which an event id is in use.
    pub(super) answers: Vec<Option<Result<Appended, AppendError>>>,
    /// The end of the log before.
    pub(super) before: Position,
    /// The last event that was stored.
    pub(super) last: Option<Seen>,
}

/// What must still be so for an append to be one to the history that its caller knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basis {
    pub(super) epoch: u32,
    pub(super) seen: Seen,
}

/// Sends requests that have nothing to do with each other; `None` when the history is another one.
pub(super) async fn append(
    connection: &Connection,
    sql: &Sql,
    requests: &[Append],
    hints: &Hints,
    basis: Basis,
    probe: bool,
) -> Result<Option<Outcome>, DbError> {
    let tags = requests.iter().flat_map(|append| {
        let streams = append.streams.iter();
        streams.flat_map(|listed| listed.events.iter().map(tag_lines))
    });
    let tags: Vec<_> = tags.collect();
    // What came back is judged by looking, whatever is known.
    let seen = (!probe).then_some(basis.seen.position);
    let batch = Batch::of(requests, &tags, hints, seen);
    let epoch = i32::try_from(basis.epoch).unwrap_or(i32::MAX);
    let place = to_sql(basis.seen.position.get());
    let params = batch.params(&probe, &epoch, &place, &basis.seen.id);
    let rows = connection.query(&sql.append, &params).await?;
    let row = rows.first().ok_or_else(no_answer)?;
    match get::<Option<i64>>(row, 0)? {
        None => Ok(None),
        Some(head) => Ok(Some(outcome(requests, head, row)?)),
    }
}

fn no_answer() -> StoreError {
    corrupt("the function `append_v1` answered nothing")
}

/// The arrays of the function's call.
#[derive(Debug, Default)]
struct Batch<'a> {
    stream_requests: Vec<i32>,
    stream_types: Vec<&'a str>,
    stream_ids: Vec<&'a str>,
    expected: Vec<i64>,
    hints: Vec<i64>,
    requests: Vec<i32>,
    streams: Vec<i32>,
    nths: Vec<i32>,
    types: Vec<&'a str>,
    sids: Vec<&'a str>,
    ids: Vec<Uuid>,
    names: Vec<&'a str>,
    versions: Vec<i64>,
    checksums: Vec<i32>,
    commands: Vec<Option<Uuid>>,
    correlations: Vec<Option<Uuid>>,
    causations: Vec<Option<Uuid>>,
    actors: Vec<Option<&'a str>>,
    tenants: Vec<Option<&'a str>>,
    tags: Vec<Option<&'a str>>,
    payloads: Vec<&'a [u8]>,
    tag_events: Vec<i32>,
    tag_texts: Vec<&'a str>,
    tag_names: Vec<&'a str>,
    condition_requests: Vec<i32>,
    condition_after: Vec<i64>,
    condition_tags: Vec<Option<&'a str>>,
    condition_more: Vec<Option<String>>,
    condition_names: Vec<Option<String>>,
}

impl<'a> Batch<'a> {
    /// Numbers count from 1, as arrays do there. `tags` are the lines of each event.
    fn of(
        requests: &'a [Append],
        tags: &'a [Option<String>],
        hints: &Hints,
        seen: Option<Position>,
    ) -> Self {
        let mut batch = Self::default();
        let mut tags = tags.iter();
        for (request, append) in (1..).zip(requests) {
            for listed in &append.streams {
                batch.list(request, &listed.stream, listed.expected);
                batch.hints.push(hints.of(listed, seen));
                let stream = count(batch.stream_ids.len());
                for (nth, event) in (1..).zip(&listed.events) {
                    let lines = tags.next().and_then(Option::as_deref);
                    batch.requests.push(request);
                    batch.streams.push(stream);
                    batch.nths.push(nth);
                    batch.add(&listed.stream, event, lines);
                }
            }
            if let Some(condition) = &append.condition {
                batch.require(request, condition);
            }
        }
        batch
    }

    fn list(&mut self, request: i32, stream: &'a StreamId, expected: cqrs_core::Expected) {
        self.stream_requests.push(request);
        self.stream_types.push(stream.aggregate());
        self.stream_ids.push(stream.id());
        self.expected.push(match expected {
            cqrs_core::Expected::Any => -1,
            cqrs_core::Expected::NoStream => 0,
            cqrs_core::Expected::Exactly(revision) => to_sql(revision.get()),
        });
    }

    fn add(&mut self, stream: &'a StreamId, event: &'a NewEvent, lines: Option<&'a str>) {
        let sealed = Sealed::new(stream, event, lines);
        self.types.push(sealed.aggregate);
        self.sids.push(sealed.stream);
        self.ids.push(sealed.id);
        self.names.push(sealed.name);
        self.versions.push(i64::from(sealed.version));
        self.checksums.push(sealed.checksum());
        self.commands.push(sealed.command);
        self.correlations.push(sealed.correlation);
        self.causations.push(sealed.causation);
        self.actors.push(sealed.actor);
        self.tenants.push(sealed.tenant);
        self.tags.push(sealed.tags);
        self.payloads.push(sealed.payload);
        for (index, tag) in event.tags.iter().enumerate() {
            // A tag that is given twice is found once.
            if !event.tags[..index].contains(tag) {
                self.tag_events.push(count(self.ids.len()));
                self.tag_texts.push(tag.as_str());
                self.tag_names.push(&event.name);
            }
        }
    }

    fn require(&mut self, request: i32, condition: &'a Condition) {
        let after = to_sql(condition.after.get());
        let items = if condition.query.matches_all() {
            Items::everything()
        } else {
            Items::of(&condition.query)
        };
        for item in items.0 {
            self.condition_requests.push(request);
            self.condition_after.push(after);
            self.condition_tags.push(item.tag);
            self.condition_more.push(item.more);
            self.condition_names.push(item.names);
        }
    }

    fn params<'p>(
        &'p self,
        probe: &'p bool,
        epoch: &'p i32,
        place: &'p i64,
        id: &'p Uuid,
    ) -> [Param<'p>; 33] {
        [
            (probe, Type::BOOL),
            (epoch, Type::INT4),
            (place, Type::INT8),
            (id, Type::UUID),
            (&self.stream_requests, Type::INT4_ARRAY),
            (&self.stream_types, Type::TEXT_ARRAY),
            (&self.stream_ids, Type::TEXT_ARRAY),
            (&self.expected, Type::INT8_ARRAY),
            (&self.hints, Type::INT8_ARRAY),
            (&self.requests, Type::INT4_ARRAY),
            (&self.streams, Type::INT4_ARRAY),
            (&self.nths, Type::INT4_ARRAY),
            (&self.types, Type::TEXT_ARRAY),
            (&self.sids, Type::TEXT_ARRAY),
            (&self.ids, Type::UUID_ARRAY),
            (&self.names, Type::TEXT_ARRAY),
            (&self.versions, Type::INT8_ARRAY),
            (&self.checksums, Type::INT4_ARRAY),
            (&self.commands, Type::UUID_ARRAY),
            (&self.correlations, Type::UUID_ARRAY),
            (&self.causations, Type::UUID_ARRAY),
            (&self.actors, Type::TEXT_ARRAY),
            (&self.tenants, Type::TEXT_ARRAY),
            (&self.tags, Type::TEXT_ARRAY),
            (&self.payloads, Type::BYTEA_ARRAY),
            (&self.tag_events, Type::INT4_ARRAY),
            (&self.tag_texts, Type::TEXT_ARRAY),
            (&self.tag_names, Type::TEXT_ARRAY),
            (&self.condition_requests, Type::INT4_ARRAY),
            (&self.condition_after, Type::INT8_ARRAY),
            (&self.condition_tags, Type::TEXT_ARRAY),
            (&self.condition_more, Type::TEXT_ARRAY),
            (&self.condition_names, Type::TEXT_ARRAY),
        ]
    }
}

/// Answers each request as if they had come one after another.
fn outcome(requests: &[Append], head: i64, row: &Row) -> Result<Outcome, StoreError> {
    let recorded: SystemTime = get(row, 1)?;
    let checked: SystemTime = get(row, 2)?;
    let revisions: Vec<i64> = get::<Option<_>>(row, 3)?.unwrap_or_default();
    let refused: Vec<i32> = get(row, 4)?;
    let known: Vec<i32> = get::<Option<_>>(row, 5)?.unwrap_or_default();
    let failed: Vec<i32> = get::<Option<_>>(row, 6)?.unwrap_or_default();
    let failed_at: Vec<i64> = get::<Option<_>>(row, 7)?.unwrap_or_default();
    let failed: HashMap<i32, i64> = failed.into_iter().zip(failed_at).collect();

    let mut place = position(head);
    let mut revisions = revisions.into_iter();
    let mut last = None;
    let mut answers = Vec::with_capacity(requests.len());
    for (request, append) in (1..).zip(requests) {
        let stands: Vec<_> = revisions
            .by_ref()
            .take(append.streams.len())
            .map(revision)
            .collect();
        answers.push(if known.contains(&request) {
            None
        } else if refused.contains(&request) {
            let conflict = append
                .streams
                .iter()
                .zip(&stands)
                .find(|(listed, actual)| !listed.expected.allows(**actual));
            Some(Err(match conflict {
                Some((listed, actual)) => AppendError::Conflict {
                    stream: listed.stream.clone(),
                    expected: listed.expected,
                    actual: *actual,
                },
                None => condition_failed(append, failed.get(&request).copied(), place)?,
            }))
        } else {
            let events = append.event_count() as u64;
            place = place.plus(events);
            if let Some(event) = append
                .streams
                .iter()
                .flat_map(|listed| &listed.events)
                .last()
            {
                last = Some(Seen {
                    position: place,
                    id: event.id.get(),
                });
            }
            let streams = append.streams.iter().zip(stands);
            Some(Ok(Appended {
                position: place,
                revisions: streams
                    .map(|(listed, stood)| stood.plus(listed.events.len() as u64))
                    .collect(),
                recorded_at: if events == 0 { checked } else { recorded },
                duplicate: false,
            }))
        });
    }
    Ok(Outcome {
        answers,
        before: position(head),
        last,
    })
}

fn condition_failed(
    append: &Append,
    found: Option<i64>,
    head: Position,
) -> Result<AppendError, StoreError> {
    let condition = append.condition.as_ref();
    let after = condition.map(|condition| condition.after);
    match (found, after) {
        (Some(-1), Some(after)) => Ok(AppendError::BeyondHead { after, head }),
        (Some(found), Some(_)) => Ok(AppendError::ConditionFailed {
            position: position(found),
        }),
        _ => Err(corrupt(
            "the function `append_v1` refused a request without a reason",
        )),
    }
}
