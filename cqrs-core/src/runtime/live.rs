//! The state of one aggregate, and how it is loaded.

use uuid::Uuid;

use super::{AggregateRuntime, job::Failure, kept, slot::Slot};
use crate::{
    Aggregate, AggregateEvent, DecodeError, DecodeReason, EventId, Position, ReadError, Revision,
    StoreError, StoredEvent,
    aggregate::Snapshots,
    guard::guarded,
    store::{Snapshot, error::StoreErrorKind},
};

/// How many events are read at once.
const PAGE: usize = 1_000;

/// The state of one aggregate as of a revision.
pub(super) struct Live<A> {
    pub(super) state: A,
    pub(super) revision: Revision,
    /// The id of the last event.
    pub(super) last: EventId,
    /// The position of the last event.
    pub(super) position: Position,
    /// The revision of the last snapshot.
    pub(super) snapshot: Revision,
}

impl<A: Aggregate> Live<A> {
    fn empty() -> Self {
        Self {
            state: A::default(),
            revision: Revision::NONE,
            last: EventId::new(Uuid::nil()),
            position: Position::START,
            snapshot: Revision::NONE,
        }
    }

    /// Finds the last event of a snapshot at the beginning of a page, and answers those behind it. `None` when the stream
    /// has another one in its place, or none: the snapshot is of a history that was replaced.
    fn find_last<'p>(&mut self, page: &'p [StoredEvent]) -> Option<&'p [StoredEvent]> {
        let (last, rest) = page.split_first()?;
        if (last.meta.revision, last.meta.id) != (self.revision, self.last) {
            return None;
        }
        self.position = last.meta.position;
        Some(rest)
    }

    /// Takes in a stored event.
    fn take_in(&mut self, event: &StoredEvent) -> Result<(), LoadError> {
        let expected = self.revision.plus(1);
        if event.meta.revision != expected {
            let message = format!(
                "{} jumps from revision {} to {}: the store has lost what was between",
                event.meta.stream, self.revision, event.meta.revision
            );
            return Err(LoadError::Store(StoreError::new(
                StoreErrorKind::Corrupt,
                message,
            )));
        }
        // An erased event says nothing any more; its revision counts.
        if !event.meta.is_erased() {
            // A state that panics half way is not used again.
            let applied = guarded(|| A::Event::decode(event).map(|event| self.state.apply(&event)));
            applied
                .unwrap_or_else(|panic| {
                    let reason = DecodeReason::Panicked(panic.into());
                    Err(DecodeError::new(&event.meta, reason))
                })
                .map_err(LoadError::Unreadable)?;
        }
        self.revision = expected;
        self.last = event.meta.id;
        self.position = event.meta.position;
        Ok(())
    }

    /// The snapshot that is due.
    pub(super) fn due_snapshot(&self) -> Option<Result<Snapshot, String>> {
        let policy = A::SNAPSHOTS?;
        let since = self.revision.get().saturating_sub(self.snapshot.get());
        if policy.every == 0 || since < policy.every {
            return None;
        }
        let state = written(|| (policy.encode)(&self.state));
        Some(state.map(|state| Snapshot {
            version: policy.version,
            revision: self.revision,
            state: kept::write(self.last, &state).into(),
        }))
    }
}

impl<A: Aggregate> AggregateRuntime<A> {
    /// The state as the store has it: a snapshot if there is one that fits, and the events since.
    pub(super) async fn load(&self, slot: &Slot<A>) -> Result<Live<A>, LoadError> {
        let mut live = match A::SNAPSHOTS {
            Some(policy) => self.load_snapshot(slot, &policy).await?,
            None => Live::empty(),
        };
        // The last event of a snapshot is read again.
        let mut after = live.revision.previous();
        loop {
            let page = self
                .log
                .store
                .read_stream(&slot.stream, after, PAGE)
                .await
                .map_err(LoadError::from)?;
            let mut events = &*page.events;
            if after < live.revision {
                let Some(rest) = live.find_last(events) else {
                    tracing::warn!(
                        stream = %slot.stream,
                        "a snapshot is of another history of its stream, and is not used"
                    );
                    (live, after) = (Live::empty(), Revision::NONE);
                    continue;
                };
                events = rest;
            }
            for event in events {
                live.take_in(event)?;
            }
            if live.revision >= page.revision || page.events.is_empty() {
                return Ok(live);
            }
            after = live.revision;
        }
    }

    async fn load_snapshot(
        &self,
        slot: &Slot<A>,
        policy: &Snapshots<A>,
    ) -> Result<Live<A>, LoadError> {
        let stored = self
            .log
            .store
            .snapshot(&slot.stream, policy.version)
            .await
            .map_err(LoadError::Store)?;
        // One of no event is tied to nothing.
        let Some(snapshot) = stored.filter(|stored| stored.revision > Revision::NONE) else {
            return Ok(Live::empty());
        };
        let Some((last, state)) = kept::read(&snapshot.state) else {
            tracing::debug!(stream = %slot.stream, "a snapshot does not name its last event, and is not used");
            return Ok(Live::empty());
        };
        match written(|| (policy.decode)(state)) {
            Ok(state) => Ok(Live {
                state,
                revision: snapshot.revision,
                last,
                position: Position::START,
                snapshot: snapshot.revision,
            }),
            Err(error) => {
                tracing::warn!(
                    stream = %slot.stream,
                    %error,
                    "a snapshot does not fit the aggregate and is not used: raise `snapshot(version)` when its shape changes"
                );
                Ok(Live::empty())
            }
        }
    }
}

/// Why an aggregate cannot be loaded.
#[derive(Clone)]
pub(super) enum LoadError {
    Store(StoreError),
    Unreadable(DecodeError),
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        Self::Store(match error {
            ReadError::Store(error) => error,
            other => {
                StoreError::new(StoreErrorKind::Corrupt, "the log cannot be read").because(other)
            }
        })
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            LoadError::Unreadable(error) => Self::Unreadable(error),
        }
    }
}

/// Calls what a program has written; its error or panic is a text.
fn written<T>(call: impl FnOnce() -> Result<T, serde_json::Error>) -> Result<T, String> {
    guarded(call)?.map_err(|error| error.to_string())
}
