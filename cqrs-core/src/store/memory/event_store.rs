//! [`Memory`] as a store of events.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Memory, judge::Verdict};
use crate::{
    EventId, EventQuery, EventStore, Position, Range, ReadError, Revision, StoreError, StoredEvent,
    StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::{Append, AppendError, Appended, Reply},
        query::{Page, StreamPage},
    },
};

impl Memory {
    fn commit(&self, append: Append) -> Result<Appended, AppendError> {
        self.check_open().map_err(AppendError::Store)?;
        // Both before the lock, since they call what a user may have written.
        let now = self.now();
        let answer = {
            let mut events = self.shared.events_mut();
            match events.judge(&append, self.limits)? {
                Verdict::Duplicate(appended) => return Ok(appended),
                Verdict::New if append.event_count() == 0 => Appended {
                    position: events.head(),
                    revisions: events.revisions(&append),
                    recorded_at: now,
                    duplicate: false,
                },
                Verdict::New => events.record(append, now),
            }
        };
        self.shared.wake(answer.position);
        Ok(answer)
    }
}

#[async_trait]
impl EventStore for Memory {
    fn submit(&self, append: Append, reply: Reply) {
        reply.send(self.commit(append));
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        self.check_open()?;
        Ok(self.shared.events().read_stream(stream, after, limit))
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        self.check_open()?;
        self.shared.events().read(query, range)
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.check_open()?;
        Ok(self.shared.events().head())
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        self.check_open()?;
        Ok(self.shared.events().find(id).cloned())
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        self.check_open().map_err(AppendError::Store)?;
        let (marker, now) = (EventId::new(self.ids.next()), self.now());
        let (erased, head) = {
            let mut events = self.shared.events_mut();
            (events.erase(stream, marker, now), events.head())
        };
        self.shared.wake(head);
        Ok(erased)
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.check_open()?;
        Ok(self.shared.events().snapshot(stream, version))
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.check_open()?;
        self.shared.events_mut().save_snapshot(stream, snapshot);
        Ok(())
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.shared.head.subscribe()
    }

    fn identity(&self) -> Identity {
        self.shared.identity
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}
