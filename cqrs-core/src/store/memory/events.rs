//! The events and what finds them.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    index::{Index, Span},
    log::Log,
};
use crate::{
    EventId, EventMeta, EventQuery, Metadata, NewEvent, Position, Range, ReadError, Revision,
    StoredEvent, StreamId,
    store::{
        ERASED, Snapshot,
        append::{Append, Appended},
        query::{Direction, Page, StreamPage},
    },
};

/// The log with its indexes.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) log: Log,
    pub(super) index: Index,
    pub(super) streams: HashMap<StreamId, Stream>,
    by_id: HashMap<EventId, Position>,
    recorded_at: SystemTime,
}

/// One stream.
#[derive(Debug)]
pub(super) struct Stream {
    /// Shared with its events, so that the texts are kept once.
    id: StreamId,
    pub(super) positions: Vec<Position>,
    pub(super) snapshot: Option<Snapshot>,
    /// The revision of the last event that says that it was erased.
    pub(super) erased: Revision,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            log: Log::default(),
            index: Index::default(),
            streams: HashMap::new(),
            by_id: HashMap::new(),
            recorded_at: UNIX_EPOCH,
        }
    }
}

impl Events {
    pub(super) fn head(&self) -> Position {
        self.log.head()
    }

    pub(super) fn revision(&self, stream: &StreamId) -> Revision {
        self.streams
            .get(stream)
            .map_or(Revision::NONE, Stream::revision)
    }

    pub(super) fn position_of(&self, id: EventId) -> Option<Position> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn find(&self, id: EventId) -> Option<&StoredEvent> {
        self.log.get(self.position_of(id)?)
    }

    /// The time of what is recorded now: never before what was recorded last, whatever the clock says.
    pub(super) fn tick(&mut self, now: SystemTime) -> SystemTime {
        self.recorded_at = self.recorded_at.max(now);
        self.recorded_at
    }

    /// Records what was judged to be right.
    pub(super) fn record(&mut self, append: Append, now: SystemTime) -> Appended {
        let recorded_at = self.tick(now);
        let mut revisions = Vec::with_capacity(append.streams.len());
        for stream in append.streams {
            let mut last = None;
            for event in stream.events {
                last = Some(self.push(&stream.stream, event, recorded_at));
            }
            revisions.push(last.unwrap_or_else(|| self.revision(&stream.stream)));
        }
        Appended {
            position: self.head(),
            revisions,
            recorded_at,
            duplicate: false,
        }
    }

    /// Records the event that says that a stream was erased.
    pub(super) fn record_erasure(&mut self, stream: &StreamId, id: EventId, at: SystemTime) {
        let event = NewEvent {
            id,
            name: ERASED.into(),
            version: 1,
            payload: bytes::Bytes::new(),
            tags: Vec::new(),
            metadata: Metadata::new(),
        };
        self.push(stream, event, at);
    }

    fn push(&mut self, id: &StreamId, event: NewEvent, at: SystemTime) -> Revision {
        let position = self.head().plus(1);
        let stream = match self.streams.get_mut(id) {
            Some(stream) => stream,
            None => self.streams.entry(id.clone()).or_insert(Stream {
                id: id.clone(),
                positions: Vec::new(),
                snapshot: None,
                erased: Revision::NONE,
            }),
        };
        stream.positions.push(position);
        let revision = stream.revision();
        let meta = EventMeta {
            id: event.id,
            stream: stream.id.clone(),
            revision,
            position,
            recorded_at: at,
            name: event.name,
            version: event.version,
            metadata: event.metadata,
            tags: event.tags,
            erased_at: None,
        };
        self.by_id.insert(event.id, position);
        self.index.add(&meta);
        self.log.push(StoredEvent {
            meta,
            payload: event.payload,
        });
        revision
    }

    pub(super) fn read_stream(&self, id: &StreamId, after: Revision, limit: usize) -> StreamPage {
        let head = self.head();
        let Some(stream) = self.streams.get(id) else {
            return StreamPage {
                head,
                ..StreamPage::default()
            };
        };
        let after = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let rest = stream.positions.get(after..).unwrap_or_default();
        let wanted = rest.iter().take(limit);
        StreamPage {
            events: wanted
                .filter_map(|position| self.log.get(*position))
                .cloned()
                .collect(),
            revision: stream.revision(),
            head,
        }
    }

    pub(super) fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        let head = self.head();
        if range.after > head {
            return Err(ReadError::BeyondHead {
                position: range.after,
                head,
            });
        }
        let span = Span {
            after: range.after,
            until: range.until.map_or(head, |until| until.min(head)),
            direction: range.direction,
        };
        let events = if query.matches_all() {
            self.all(span).take(range.limit).cloned().collect()
        } else {
            let matches = self.matches(query, span);
            matches.take(range.limit).cloned().collect()
        };
        Ok(Page { events, head })
    }

    /// Whether an event matches the query after a position, and the first that does.
    pub(super) fn first_match(&self, query: &EventQuery, after: Position) -> Option<Position> {
        let span = Span {
            after,
            until: self.head(),
            direction: Direction::Forward,
        };
        let first = if query.matches_all() {
            self.all(span).next()
        } else {
            self.matches(query, span).next()
        };
        first.map(|event| event.meta.position)
    }

    fn all(&self, span: Span) -> impl Iterator<Item = &StoredEvent> {
        let (mut next, mut last) = (span.after.get() + 1, span.until.get());
        std::iter::from_fn(move || {
            if next > last {
                return None;
            }
            let position = match span.direction {
                Direction::Forward => {
                    next += 1;
                    next - 1
                }
                Direction::Backward => {
                    last -= 1;
                    last + 1
                }
            };
            self.log.get(Position::new(position))
        })
    }

    fn matches<'a>(
        &'a self,
        query: &'a EventQuery,
        span: Span,
    ) -> impl Iterator<Item = &'a StoredEvent> {
        let mut last = None;
        self.index
            .candidates(query, span)
            .filter_map(|(position, item)| Some((self.log.get(position)?, item)))
            .filter(|(event, item)| item.matches(&event.meta.name, &event.meta.tags))
            // An event that two items match comes twice in a row.
            .filter(move |(event, _)| {
                last.replace(event.meta.position) != Some(event.meta.position)
            })
            .map(|(event, _)| event)
    }
}

impl Stream {
    pub(super) const fn revision(&self) -> Revision {
        Revision::new(self.positions.len() as u64)
    }

    /// Where the stream stood when the log's head was at a position.
    pub(super) fn revision_at(&self, position: Position) -> Revision {
        let until = self.positions.partition_point(|own| *own <= position);
        Revision::new(until as u64)
    }
}
