//! Reading events, page by page.

use cqrs_core::{
    EventId, EventQuery, Position, Range, ReadError, Revision, StoreError, StoredEvent, StreamId,
    store::{
        Snapshot,
        query::{Direction, Page, StreamPage},
    },
};
use rusqlite::{Connection, OptionalExtension, Params};

use crate::{
    error::{corrupt, store_error},
    interned::{Texts, number_of_stream, revision_of},
    numbers::{from_sql, position, revision, to_sql},
    query::{self, Span},
    row,
};

/// The events of a stream after a revision.
pub(crate) fn stream(
    connection: &Connection,
    texts: &mut Texts,
    id: &StreamId,
    after: Revision,
    limit: usize,
) -> Result<StreamPage, ReadError> {
    let head = position(head(connection).map_err(store_error)?);
    let Some(number) = number_of_stream(connection, id).map_err(store_error)? else {
        return Ok(StreamPage {
            head,
            ..StreamPage::default()
        });
    };
    let last = revision_of(connection, number).map_err(store_error)?;
    let events = select(
        connection,
        texts,
        "WHERE stream = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3",
        (number, to_sql(after.get()), to_sql(limit as u64)),
        from_sql(last).saturating_sub(after.get()).min(limit as u64),
    )?;
    Ok(StreamPage {
        events,
        revision: revision(last),
        head,
    })
}

/// The events that match a query.
pub(crate) fn page(
    connection: &Connection,
    texts: &mut Texts,
    query: &EventQuery,
    range: Range,
) -> Result<Page, ReadError> {
    let last = head(connection).map_err(store_error)?;
    let head = position(last);
    if range.after > head {
        return Err(ReadError::BeyondHead {
            position: range.after,
            head,
        });
    }
    let span = Span {
        after: to_sql(range.after.get()),
        until: range
            .until
            .map_or(last, |until| to_sql(until.get()).min(last)),
        limit: to_sql(range.limit as u64),
        direction: range.direction,
    };
    let events = if query.matches_all() {
        let events = all(connection, texts, span)?;
        check_dense(&events, span)?;
        events
    } else {
        matching(connection, texts, query, span)?
    };
    Ok(Page { events, head })
}

/// The last position.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(position), 0) FROM events")?
        .query_row([], |row| row.get(0))
}

/// The event with this id.
pub(crate) fn find(
    connection: &Connection,
    texts: &mut Texts,
    id: EventId,
) -> Result<Option<StoredEvent>, StoreError> {
    let found = select(
        connection,
        texts,
        "WHERE event_id = ?1",
        [id.get().as_bytes()],
        1,
    )?;
    Ok(found.into_iter().next())
}

/// The snapshot of a stream, when it is of this version.
pub(crate) fn snapshot(
    connection: &Connection,
    id: &StreamId,
    version: u32,
) -> Result<Option<Snapshot>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT snapshots.revision, snapshots.checksum, snapshots.state FROM names
             JOIN streams ON streams.aggregate = names.id
             JOIN snapshots ON snapshots.stream = streams.id
             WHERE names.name = ?1 AND streams.stream = ?2 AND snapshots.version = ?3",
        )
        .and_then(|mut select| {
            select
                .query_row((id.aggregate(), id.id(), version), |row| {
                    let state: Vec<u8> = row.get(2)?;
                    Ok((row.get(0)?, row.get::<_, i64>(1)?, state))
                })
                .optional()
        })
        .map_err(store_error)?;
    let Some((number, checksum, state)) = found else {
        return Ok(None);
    };
    if i64::from(crc32fast::hash(&state)) != checksum {
        // The events are there; only loading takes longer.
        tracing::warn!(stream = %id, "a snapshot is not what was written, and is not used");
        return Ok(None);
    }
    Ok(Some(Snapshot {
        version,
        revision: revision(number),
        state: state.into(),
    }))
}

fn all(
    connection: &Connection,
    texts: &mut Texts,
    span: Span,
) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = match span.direction {
        Direction::Forward => "WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3",
        Direction::Backward => {
            "WHERE position > ?1 AND position <= ?2 ORDER BY position DESC LIMIT ?3"
        }
    };
    let bounds = (span.after, span.until, span.limit);
    select(connection, texts, sql, bounds, span.wanted())
}

fn matching(
    connection: &Connection,
    texts: &mut Texts,
    query: &EventQuery,
    span: Span,
) -> Result<Vec<StoredEvent>, StoreError> {
    let positions = query::positions(connection, query, span).map_err(store_error)?;
    let mut events = Vec::with_capacity(positions.len());
    for position in positions {
        let found = select(connection, texts, "WHERE position = ?1", [position], 1)?;
        if found.is_empty() {
            return Err(corrupt(format!(
                "an index names position {position}, where no event is: restore a backup"
            )));
        }
        events.extend(found);
    }
    Ok(events)
}

fn select(
    connection: &Connection,
    texts: &mut Texts,
    which: &str,
    params: impl Params,
    expected: u64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!("SELECT {} FROM events {which}", row::COLUMNS);
    let mut select = connection.prepare_cached(&sql).map_err(store_error)?;
    let mut rows = select.query(params).map_err(store_error)?;
    // A damaged file may promise more than memory holds.
    let mut events = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).min(1 << 16));
    while let Some(found) = rows.next().map_err(store_error)? {
        events.push(row::event(found, connection, texts)?);
    }
    Ok(events)
}

/// Positions have no gaps: a page of all events that has one is the proof that the file has lost some.
fn check_dense(events: &[StoredEvent], span: Span) -> Result<(), ReadError> {
    for index in 0..to_sql(span.wanted()) {
        let expected = match span.direction {
            Direction::Forward => span.after + 1 + index,
            Direction::Backward => span.until - index,
        };
        let found = usize::try_from(index)
            .ok()
            .and_then(|index| events.get(index))
            .map(|event| event.meta.position);
        if found != Some(position(expected)) {
            return Err(ReadError::FeedGap {
                after: Position::new(position(expected).get().saturating_sub(1)),
                found: found.unwrap_or_else(|| position(span.until)),
            });
        }
    }
    Ok(())
}
