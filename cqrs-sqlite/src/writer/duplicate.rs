//! Appends that were there before, known by their event ids.

use cqrs_core::{
    Append, AppendError, Appended, NewEvent, Revision, StoreError, StoredEvent, StreamId,
};
use rusqlite::OptionalExtension;

use super::{Session, append::Answer};
use crate::{
    error::store_error,
    numbers::{revision, to_sql},
};

/// The answer to an append of which an event id is known; `None` when all are new.
pub(super) fn find(
    session: &mut Session<'_>,
    append: &Append,
) -> Result<Option<Answer>, StoreError> {
    let mut positions = Vec::with_capacity(append.event_count());
    for (_, event) in new_events(append) {
        positions.push(session.position_of(event.id).map_err(store_error)?);
    }
    let known = new_events(append)
        .zip(&positions)
        .find_map(|((_, event), position)| position.map(|_| event));
    let Some(known) = known else {
        return Ok(None);
    };
    // Side by side from the first: anything else was not this append.
    let mut expected = positions.first().copied().flatten();
    let mut last = None;
    for ((stream, event), position) in new_events(append).zip(&positions) {
        let stored = match expected {
            Some(expected) if *position == Some(expected) => session.event_at(expected)?,
            _ => None,
        };
        match stored {
            Some(stored) if is_same(stream, event, &stored) => last = Some(stored),
            _ => {
                let id = position.map_or(known.id, |_| event.id);
                return Ok(Some(Err(AppendError::EventIdReused { id })));
            }
        }
        expected = expected.map(|expected| expected + 1);
    }
    let first_time = last.map(|last| first_time(session, append, &last));
    first_time.transpose().map_err(store_error)
}

/// What was answered when the append was recorded, which ended with `last`.
fn first_time(
    session: &mut Session<'_>,
    append: &Append,
    last: &StoredEvent,
) -> rusqlite::Result<Answer> {
    let mut revisions = Vec::with_capacity(append.streams.len());
    for listed in &append.streams {
        let number = session.stream(&listed.stream)?.number;
        revisions.push(revision_then(
            session,
            number,
            to_sql(last.meta.position.get()),
        )?);
    }
    Ok(Ok(Appended {
        position: last.meta.position,
        revisions,
        recorded_at: last.meta.recorded_at,
        duplicate: true,
    }))
}

/// Where a stream stood when the log's head was at a position.
fn revision_then(
    session: &Session<'_>,
    stream: Option<i64>,
    head: i64,
) -> rusqlite::Result<Revision> {
    let then: Option<i64> = session
        .connection
        .prepare_cached(
            "SELECT revision FROM events WHERE stream = ?1 AND position <= ?2
             ORDER BY revision DESC LIMIT 1",
        )?
        .query_row((stream, head), |row| row.get(0))
        .optional()?;
    Ok(then.map_or(Revision::NONE, revision))
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
