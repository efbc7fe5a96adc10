//! [`Sqlite`] as a store of events.

use async_trait::async_trait;
use cqrs_core::{
    Append, AppendError, EventId, EventQuery, EventStore, Position, Range, ReadError, Revision,
    StoreError, StoredEvent, StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::Reply,
        query::{Page, StreamPage},
    },
};
use tokio::sync::watch;

use crate::{
    Sqlite,
    error::store_error,
    reader,
    writer::{AppendWork, erase::erase, snapshot::save},
};

#[async_trait]
impl EventStore for Sqlite {
    fn submit(&self, append: Append, reply: Reply) {
        // By the caller, which leaves the writer with what only it can do.
        if let Err(error) = append.check(self.inner.limits) {
            reply.send(Err(error));
            return;
        }
        let bytes = append.bytes();
        self.push_append(Box::new(AppendWork::new(append, reply)), bytes);
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        let stream = stream.clone();
        let page = self
            .inner
            .readers
            .read(move |connection, texts| {
                reader::events::stream(connection, texts, &stream, after, limit)
            })
            .await?;
        self.saw(page.head);
        Ok(page)
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        let query = query.clone();
        let page = self
            .inner
            .readers
            .read(move |connection, texts| reader::events::page(connection, texts, &query, range))
            .await?;
        self.saw(page.head);
        Ok(page)
    }

    async fn head(&self) -> Result<Position, ReadError> {
        // Nobody else writes, so it need not be read.
        Ok(*self.inner.head.borrow())
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        let found = self.inner.readers.read(move |connection, texts| {
            reader::events::find(connection, texts, id).map_err(ReadError::from)
        });
        found.await
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        let stream = stream.clone();
        self.write(move |session| erase(session, &stream).map(Ok).map_err(store_error))
            .await
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        let stream = stream.clone();
        self.inner
            .readers
            .read(move |connection, _| reader::events::snapshot(connection, &stream, version))
            .await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        let stream = stream.clone();
        self.write(move |session| {
            save(session, &stream, &snapshot)
                .map(Ok)
                .map_err(store_error)
        })
        .await
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }

    fn identity(&self) -> Identity {
        self.inner.identity
    }

    fn limits(&self) -> Limits {
        self.inner.limits
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.vacate().await
    }
}

impl Sqlite {
    /// A page may show a commit that the writer has not told of yet: whoever has seen it must not find the head behind.
    fn saw(&self, head: Position) {
        self.inner.head.send_if_modified(|known| {
            let newer = head > *known;
            if newer {
                *known = head;
            }
            newer
        });
    }
}
