//! The simplest store that could be: one list, searched from end to end, one rule of the contract after the other.
//!
//! It shares nothing with any real store, so that both are not wrong in the same way.

use std::time::SystemTime;

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventMeta, EventQuery, Expected, Metadata, NewEvent, Position,
    Range, Revision, StoredEvent, StreamId,
    store::{ERASED, Limits, Snapshot, query::Direction},
};

/// The events and snapshots that should be stored.
#[derive(Debug, Default)]
pub(super) struct Reference {
    pub(super) log: Vec<StoredEvent>,
    snapshots: Vec<(StreamId, Snapshot)>,
}

/// What an append should come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Stored {
        position: u64,
        revisions: Vec<u64>,
    },
    Duplicate {
        position: u64,
        revisions: Vec<u64>,
        recorded_at: SystemTime,
    },
    Invalid,
    Reused,
    Conflict {
        stream: StreamId,
        actual: u64,
    },
    /// At any of these positions.
    ConditionFailed {
        positions: Vec<u64>,
    },
    BeyondHead,
}

impl Reference {
    pub(super) const fn head(&self) -> u64 {
        self.log.len() as u64
    }

    pub(super) fn revision(&self, stream: &StreamId) -> u64 {
        self.revision_at(stream, self.head())
    }

    fn revision_at(&self, stream: &StreamId, position: u64) -> u64 {
        let events = self.log.iter();
        events
            .filter(|event| event.meta.stream == *stream && event.meta.position.get() <= position)
            .count() as u64
    }

    /// What should come of an append, without doing it.
    pub(super) fn judge(&self, append: &Append, limits: Limits) -> Outcome {
        let events: Vec<(&StreamId, &NewEvent)> = append
            .streams
            .iter()
            .flat_map(|listed| listed.events.iter().map(|event| (&listed.stream, event)))
            .collect();
        let streams: Vec<_> = append.streams.iter().map(|listed| &listed.stream).collect();
        if events.len() > limits.events || has_twice(&streams) {
            return Outcome::Invalid;
        }
        if has_twice(&events.iter().map(|(_, event)| event.id).collect::<Vec<_>>()) {
            return Outcome::Reused;
        }
        if let Some(outcome) = self.known(append, &events) {
            return outcome;
        }
        for listed in &append.streams {
            let actual = self.revision(&listed.stream);
            let right = match listed.expected {
                Expected::Any => true,
                Expected::NoStream => actual == 0,
                Expected::Exactly(revision) => actual == revision.get(),
            };
            if !right {
                let stream = listed.stream.clone();
                return Outcome::Conflict { stream, actual };
            }
        }
        if let Some(condition) = &append.condition {
            if condition.after.get() > self.head() {
                return Outcome::BeyondHead;
            }
            let positions = self.positions_after(&condition.query, condition.after.get());
            if !positions.is_empty() {
                return Outcome::ConditionFailed { positions };
            }
        }
        let added = |stream: &&StreamId| {
            let new = events.iter().filter(|(of, _)| of == stream).count() as u64;
            self.revision(stream) + new
        };
        Outcome::Stored {
            position: self.head() + events.len() as u64,
            revisions: streams.iter().map(added).collect(),
        }
    }

    /// The answer to an append of which some ids are stored.
    fn known(&self, append: &Append, events: &[(&StreamId, &NewEvent)]) -> Option<Outcome> {
        let stored = |event: &NewEvent| self.log.iter().position(|row| row.meta.id == event.id);
        let places: Vec<_> = events.iter().map(|(_, event)| stored(event)).collect();
        if places.iter().all(Option::is_none) {
            return None;
        }
        let first = places[0];
        for (offset, ((stream, event), place)) in events.iter().zip(&places).enumerate() {
            let row = place.map(|place| &self.log[place]);
            let same = row.is_some_and(|row| {
                row.meta.stream == **stream
                    && row.meta.name == event.name
                    && row.meta.version == event.version
                    && (row.payload == event.payload || row.meta.erased_at.is_some())
            });
            if !same || *place != first.map(|first| first + offset) {
                return Some(Outcome::Reused);
            }
        }
        let last = &self.log[first? + events.len() - 1].meta;
        let position = last.position.get();
        let streams = append.streams.iter();
        Some(Outcome::Duplicate {
            position,
            revisions: streams
                .map(|listed| self.revision_at(&listed.stream, position))
                .collect(),
            recorded_at: last.recorded_at,
        })
    }

    fn positions_after(&self, query: &EventQuery, after: u64) -> Vec<u64> {
        let events = self.log.iter().filter(|event| matches(query, event));
        events
            .map(|event| event.meta.position.get())
            .filter(|position| *position > after)
            .collect()
    }

    /// Records an append that was judged to be stored.
    pub(super) fn record(&mut self, append: &Append, recorded_at: SystemTime) {
        for listed in &append.streams {
            for event in &listed.events {
                self.push(&listed.stream, event.clone(), recorded_at);
            }
        }
    }

    fn push(&mut self, stream: &StreamId, event: NewEvent, recorded_at: SystemTime) {
        let meta = EventMeta {
            id: event.id,
            stream: stream.clone(),
            revision: Revision::new(self.revision(stream) + 1),
            position: Position::new(self.head() + 1),
            recorded_at,
            name: event.name,
            version: event.version,
            metadata: event.metadata,
            tags: event.tags,
            erased_at: None,
        };
        let payload = event.payload;
        self.log.push(StoredEvent { meta, payload });
    }

    /// How many events of a stream there are to erase.
    pub(super) fn left_to_erase(&self, stream: &StreamId) -> u64 {
        let events = self.log.iter();
        events
            .filter(|event| event.meta.stream == *stream && !event.meta.is_erased())
            .count() as u64
    }

    /// Erases a stream. Ids and times that only the store knows are taken from the mark that it stored.
    pub(super) fn erase(&mut self, stream: &StreamId, mark: &StoredEvent) {
        for event in &mut self.log {
            if event.meta.stream == *stream && !event.meta.is_erased() {
                event.payload = Bytes::new();
                event.meta.metadata = Metadata::new();
                event.meta.tags = Vec::new();
                event.meta.erased_at = Some(mark.meta.recorded_at);
            }
        }
        self.snapshots.retain(|(of, _)| of != stream);
        let event = NewEvent {
            id: mark.meta.id,
            name: ERASED.into(),
            version: mark.meta.version,
            payload: Bytes::new(),
            tags: Vec::new(),
            metadata: Metadata::new(),
        };
        self.push(stream, event, mark.meta.recorded_at);
    }

    /// The events of a range; `None` when it begins beyond the head.
    pub(super) fn read(&self, query: &EventQuery, range: Range) -> Option<Vec<StoredEvent>> {
        if range.after.get() > self.head() {
            return None;
        }
        let mut events: Vec<_> = self
            .log
            .iter()
            .filter(|event| event.meta.position > range.after)
            .filter(|event| range.until.is_none_or(|until| event.meta.position <= until))
            .filter(|event| matches(query, event))
            .cloned()
            .collect();
        if range.direction == Direction::Backward {
            events.reverse();
        }
        events.truncate(range.limit);
        Some(events)
    }

    pub(super) fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Vec<StoredEvent> {
        let events = self.log.iter();
        events
            .filter(|event| event.meta.stream == *stream && event.meta.revision.get() > after)
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn snapshot(&self, stream: &StreamId, version: u32) -> Option<Snapshot> {
        let mut snapshots = self.snapshots.iter();
        snapshots
            .find(|(of, snapshot)| of == stream && snapshot.version == version)
            .map(|(_, snapshot)| snapshot.clone())
    }

    pub(super) fn save_snapshot(&mut self, stream: &StreamId, snapshot: Snapshot) {
        let newer = |other: Revision| other > snapshot.revision;
        let erased_later = self.log.iter().any(|event| {
            event.meta.stream == *stream && event.meta.name == ERASED && newer(event.meta.revision)
        });
        let mut stored = self.snapshots.iter();
        let not_newer = stored.any(|(of, old)| of == stream && old.revision >= snapshot.revision);
        if !erased_later && !not_newer {
            self.snapshots.retain(|(of, _)| of != stream);
            self.snapshots.push((stream.clone(), snapshot));
        }
    }
}

impl Outcome {
    /// Whether a store's answer is this one.
    pub(super) fn is(&self, answer: &Result<Appended, AppendError>) -> bool {
        let numbers = |revisions: &[Revision]| -> Vec<u64> {
            revisions.iter().map(|revision| revision.get()).collect()
        };
        match (self, answer) {
            (
                Self::Stored {
                    position,
                    revisions,
                },
                Ok(got),
            ) => {
                !got.duplicate
                    && got.position.get() == *position
                    && numbers(&got.revisions) == *revisions
            }
            (
                Self::Duplicate {
                    position,
                    revisions,
                    recorded_at,
                },
                Ok(got),
            ) => {
                got.duplicate
                    && got.position.get() == *position
                    && numbers(&got.revisions) == *revisions
                    && got.recorded_at == *recorded_at
            }
            (Self::Invalid, Err(AppendError::Invalid(_) | AppendError::TooLarge { .. }))
            | (Self::Reused, Err(AppendError::EventIdReused { .. }))
            | (Self::BeyondHead, Err(AppendError::BeyondHead { .. })) => true,
            (
                Self::Conflict { stream, actual },
                Err(AppendError::Conflict {
                    stream: got,
                    actual: at,
                    ..
                }),
            ) => stream == got && *actual == at.get(),
            (
                Self::ConditionFailed { positions },
                Err(AppendError::ConditionFailed { position }),
            ) => positions.contains(&position.get()),
            _ => false,
        }
    }
}

fn matches(query: &EventQuery, event: &StoredEvent) -> bool {
    let mut items = query.items().iter();
    query.items().is_empty()
        || items.any(|item| {
            let named = item.names.is_empty() || item.names.contains(&event.meta.name);
            let tagged = item.tags.iter().all(|tag| event.meta.tags.contains(tag));
            named && tagged
        })
}

fn has_twice<T: PartialEq>(values: &[T]) -> bool {
    let mut places = values.iter().enumerate();
    places.any(|(index, value)| values[..index].contains(value))
}
