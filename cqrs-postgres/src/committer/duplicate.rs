//! Appends that were there before, known by their event ids. Such rows change only by being erased, so they are read
//! without the lock.

use std::collections::HashMap;

use cqrs_core::{
    Append, AppendError, Appended, EventId, NewEvent, Revision, StoredEvent, StreamId,
};
use tokio_postgres::types::Type;

use crate::{
    connection::Connection,
    error::DbError,
    names::Sql,
    numbers::{revision, to_sql},
    row::{self, get},
    texts::Texts,
};

type Answer = Result<Appended, AppendError>;

/// The answers to appends of each of which an event id is known.
pub(super) async fn resolve(
    connection: &Connection,
    sql: &Sql,
    requests: &[&Append],
) -> Result<Vec<Answer>, DbError> {
    let stored = stored(connection, sql, requests).await?;
    let last: Vec<_> = requests
        .iter()
        .map(|append| repeated(append, &stored))
        .collect();
    let then = revisions_then(connection, sql, requests, &last).await?;
    let mut then = then.into_iter();
    let answers = requests.iter().zip(last).map(|(append, last)| {
        let revisions = then.by_ref().take(append.streams.len()).collect();
        let last = last?;
        Ok(Appended {
            position: last.meta.position,
            revisions,
            recorded_at: last.meta.recorded_at,
            duplicate: true,
        })
    });
    Ok(answers.collect())
}

async fn stored(
    connection: &Connection,
    sql: &Sql,
    requests: &[&Append],
) -> Result<HashMap<EventId, StoredEvent>, DbError> {
    let ids = requests.iter().copied().flat_map(new_events);
    let ids: Vec<_> = ids.map(|(_, event)| event.id.get()).collect();
    let rows = connection
        .query(&sql.by_ids, &[(&ids, Type::UUID_ARRAY)])
        .await?;
    let mut texts = Texts::default();
    let mut stored = HashMap::with_capacity(rows.len());
    for row in &rows {
        let event = row::event(row, &mut texts)?;
        stored.insert(event.meta.id, event);
    }
    Ok(stored)
}

/// The last event of the first time, when the append is the same again.
fn repeated<'s>(
    append: &Append,
    stored: &'s HashMap<EventId, StoredEvent>,
) -> Result<&'s StoredEvent, AppendError> {
    let first_known = new_events(append)
        .map(|(_, event)| event.id)
        .find(|id| stored.contains_key(id));
    let mut last: Option<&StoredEvent> = None;
    for (stream, event) in new_events(append) {
        let found = stored.get(&event.id);
        // Side by side from the first: anything else was not this append.
        let follows = |found: &&StoredEvent| {
            last.is_none_or(|last| found.meta.position == last.meta.position.plus(1))
        };
        match found.filter(follows) {
            Some(found) if is_same(stream, event, found) => last = Some(found),
            _ => {
                let id = found.map(|_| event.id).or(first_known);
                return Err(AppendError::EventIdReused {
                    id: id.unwrap_or(event.id),
                });
            }
        }
    }
    last.ok_or_else(|| {
        AppendError::Store(crate::error::corrupt(
            "an append without events was said to be stored already",
        ))
    })
}

/// Where the listed streams stood right after the appends were recorded, one after another; for one that is none, 0.
async fn revisions_then(
    connection: &Connection,
    sql: &Sql,
    requests: &[&Append],
    last: &[Result<&StoredEvent, AppendError>],
) -> Result<Vec<Revision>, DbError> {
    let (mut types, mut ids, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (append, last) in requests.iter().zip(last) {
        let place = last
            .as_ref()
            .map_or(0, |last| to_sql(last.meta.position.get()));
        for listed in &append.streams {
            types.push(listed.stream.aggregate());
            ids.push(listed.stream.id());
            places.push(place);
        }
    }
    let params = [
        (&types as _, Type::TEXT_ARRAY),
        (&ids as _, Type::TEXT_ARRAY),
        (&places as _, Type::INT8_ARRAY),
    ];
    let rows = connection.query(&sql.revisions_then, &params).await?;
    let revisions = rows.iter().map(|row| Ok(revision(get(row, 0)?)));
    revisions.collect()
}

fn new_events(append: &Append) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
    let streams = append.streams.iter();
    streams.flat_map(|listed| listed.events.iter().map(|event| (&listed.stream, event)))
}

fn is_same(stream: &StreamId, new: &NewEvent, stored: &StoredEvent) -> bool {
    *stream == stored.meta.stream
        && new.name == stored.meta.name
        && new.version == stored.meta.version
        && (new.payload == stored.payload || stored.meta.erased_at.is_some())
}
