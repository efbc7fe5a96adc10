//! Reading events, page by page.

use cqrs_core::{
    EventId, EventQuery, Position, Range, ReadError, Revision, StoreError, StoredEvent, StreamId,
    store::{
        Snapshot,
        query::{Direction, Page, StreamPage},
    },
};
use tokio_postgres::{Row, types::Type};

use crate::{
    Postgres,
    error::corrupt,
    numbers::{position, revision, to_sql},
    query::Terms,
    row::{self, WIDTH, get},
    shared::Seen,
    texts::Texts,
};

impl Postgres {
    pub(crate) async fn stream_page(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, StoreError> {
        let (after, limit) = (to_sql(after.get()), to_sql(limit as u64));
        let params = [
            (&stream.aggregate() as _, Type::TEXT),
            (&stream.id() as _, Type::TEXT),
            (&after as _, Type::INT8),
            (&limit as _, Type::INT8),
        ];
        let rows = self.ask(&self.inner.shared.sql.stream, &params).await?;
        let first = rows.first().ok_or_else(no_rows)?;
        let page = StreamPage {
            head: position(get(first, WIDTH)?),
            revision: revision(get(first, WIDTH + 1)?),
            events: events(&rows)?,
        };
        self.saw(page.head, &page.events);
        Ok(page)
    }

    pub(crate) async fn page(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        let after = to_sql(range.after.get());
        let until = range.until.map_or(i64::MAX, |until| to_sql(until.get()));
        let limit = to_sql(range.limit as u64);
        let terms = (!query.matches_all()).then(|| Terms::of(query));
        let mut params = vec![
            (&after as _, Type::INT8),
            (&until as _, Type::INT8),
            (&limit as _, Type::INT8),
        ];
        if let Some(terms) = &terms {
            params.push((&terms.names as _, Type::TEXT_ARRAY));
            params.push((&terms.tags as _, Type::TEXT_ARRAY));
            params.push((&terms.more as _, Type::TEXT_ARRAY));
            params.push((&terms.tag_names as _, Type::TEXT_ARRAY));
        }
        let sql = &self.inner.shared.sql;
        let statement = match (&terms, range.direction) {
            (None, Direction::Forward) => &sql.all_forward,
            (None, Direction::Backward) => &sql.all_backward,
            (Some(_), Direction::Forward) => &sql.matching_forward,
            (Some(_), Direction::Backward) => &sql.matching_backward,
        };
        let rows = self.ask(statement, &params).await?;
        let head = position(get(rows.first().ok_or_else(no_rows)?, WIDTH)?);
        if range.after > head {
            return Err(ReadError::BeyondHead {
                position: range.after,
                head,
            });
        }
        let mut events = events(&rows)?;
        // SQL keeps no order through a join, though PostgreSQL does.
        match range.direction {
            Direction::Forward => events.sort_by_key(|event| event.meta.position),
            Direction::Backward => {
                events.sort_by_key(|event| std::cmp::Reverse(event.meta.position));
            }
        }
        if terms.is_none() {
            check_dense(&events, range, head)?;
        }
        self.saw(head, &events);
        Ok(Page { events, head })
    }

    pub(crate) async fn last_position(&self) -> Result<Position, StoreError> {
        let rows = self.ask(&self.inner.shared.sql.head, &[]).await?;
        let head = position(get(rows.first().ok_or_else(no_rows)?, 0)?);
        self.saw(head, &[]);
        Ok(head)
    }

    pub(crate) async fn event_with(&self, id: EventId) -> Result<Option<StoredEvent>, StoreError> {
        let id = id.get();
        let rows = self
            .ask(&self.inner.shared.sql.find, &[(&id, Type::UUID)])
            .await?;
        let mut texts = Texts::default();
        rows.first()
            .map(|row| row::event(row, &mut texts))
            .transpose()
    }

    pub(crate) async fn stored_snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        let params = [
            (&stream.aggregate() as _, Type::TEXT),
            (&stream.id() as _, Type::TEXT),
            (&i64::from(version) as _, Type::INT8),
        ];
        let rows = self.ask(&self.inner.shared.sql.snapshot, &params).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let state: &[u8] = get(row, 2)?;
        if crc32fast::hash(state).cast_signed() != get::<i32>(row, 1)? {
            // The events are there; only loading takes longer.
            tracing::warn!(%stream, "a snapshot is not what was written, and is not used");
            return Ok(None);
        }
        Ok(Some(Snapshot {
            version,
            revision: revision(get(row, 0)?),
            state: bytes::Bytes::copy_from_slice(state),
        }))
    }

    /// A page may show a commit of which nobody has told yet: whoever has seen it must not find the head behind.
    fn saw(&self, head: Position, events: &[StoredEvent]) {
        let shared = &self.inner.shared;
        shared.saw(head);
        if let Some(last) = events.iter().max_by_key(|event| event.meta.position) {
            shared.remember(Seen {
                position: last.meta.position,
                id: last.meta.id.get(),
            });
        }
    }
}

/// The events of a page; one that is empty has one row, without an event.
fn events(rows: &[Row]) -> Result<Vec<StoredEvent>, StoreError> {
    match rows {
        [only] if get::<Option<i64>>(only, 0)?.is_none() => Ok(Vec::new()),
        rows => {
            let mut texts = Texts::default();
            rows.iter().map(|row| row::event(row, &mut texts)).collect()
        }
    }
}

fn no_rows() -> StoreError {
    corrupt("PostgreSQL answered without a row where there is always one")
}

/// Positions have no gaps: a page of all events that has one is the proof that the database has lost some.
fn check_dense(events: &[StoredEvent], range: Range, head: Position) -> Result<(), ReadError> {
    let after = range.after.get();
    let until = range.until.map_or(head, |until| until.min(head)).get();
    let wanted = until.saturating_sub(after).min(range.limit as u64);
    for index in 0..wanted {
        let expected = match range.direction {
            Direction::Forward => after + 1 + index,
            Direction::Backward => until - index,
        };
        let found = usize::try_from(index)
            .ok()
            .and_then(|index| events.get(index))
            .map(|event| event.meta.position);
        if found != Some(Position::new(expected)) {
            return Err(ReadError::FeedGap {
                after: Position::new(expected.saturating_sub(1)),
                found: found.unwrap_or_else(|| Position::new(until)),
            });
        }
    }
    Ok(())
}
