//! [`Postgres`] as a store of events.

use async_trait::async_trait;
use cqrs_core::{
    Append, AppendError, EventId, EventQuery, EventStore, InvalidText, Position, Range, ReadError,
    Revision, StoreError, StoredEvent, StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::{InvalidAppend, Reply},
        query::{Page, StreamPage},
    },
};
use tokio::sync::watch;

use crate::Postgres;

#[async_trait]
impl EventStore for Postgres {
    fn submit(&self, append: Append, reply: Reply) {
        let limits = self.inner.shared.options.limits;
        // By the caller, which leaves the committer with what only it can do.
        let checked = append
            .check(limits)
            .and_then(|()| check_labels(&append))
            .and_then(|()| match self.inner.shared.ended() {
                Some(error) => Err(AppendError::Store(error)),
                None => Ok(()),
            });
        match checked {
            Ok(()) => self.inner.queue.push(append, reply),
            Err(error) => reply.send(Err(error)),
        }
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        Ok(self.stream_page(stream, after, limit).await?)
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        self.page(query, range).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.last_position().await?)
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        Ok(self.event_with(id).await?)
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        let (store, stream) = (self.clone(), stream.clone());
        crate::erase::answer(
            self.apart(async move { store.erase_stream(&stream).await })
                .await,
        )
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.stored_snapshot(stream, version).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        let (store, stream) = (self.clone(), stream.clone());
        let saved = self.apart(async move { store.keep_snapshot(&stream, &snapshot).await });
        Ok(saved.await?)
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.inner.shared.head.subscribe()
    }

    fn identity(&self) -> Identity {
        self.inner.shared.identity
    }

    fn limits(&self) -> Limits {
        self.inner.shared.options.limits
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.vacate().await
    }
}

/// PostgreSQL has no NUL in its texts.
fn check_labels(append: &Append) -> Result<(), AppendError> {
    let events = append.streams.iter().flat_map(|listed| &listed.events);
    for metadata in events.map(|event| &event.metadata) {
        for (what, label) in [
            ("an actor", metadata.actor_name()),
            ("a tenant", metadata.tenant_name()),
        ] {
            if let Some(at) = label.and_then(|label| label.find('\0')) {
                let error = InvalidText::Control {
                    what,
                    character: '\0',
                    at,
                };
                return Err(AppendError::Invalid(InvalidAppend::Name(error)));
            }
        }
    }
    Ok(())
}
