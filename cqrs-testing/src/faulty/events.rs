//! [`FaultyStore`] as a store of events.

use std::sync::Arc;

use async_trait::async_trait;
use cqrs_core::{
    Append, AppendError, EventId, EventQuery, EventStore, Position, Range, ReadError, Revision,
    Store, StoreError, StoredEvent, StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::Reply,
        query::{Page, StreamPage},
    },
};
use tokio::{runtime::Handle, sync::watch};

use super::{
    FaultyStore,
    faults::{AppendFault, Faults, disconnected},
};

#[async_trait]
impl EventStore for FaultyStore {
    fn submit(&self, append: Append, reply: Reply) {
        // Without a runtime there is no clock that could delay.
        let turn = Handle::try_current().ok().zip(self.faults.turn());
        let Some((runtime, turn)) = turn else {
            return hand_on(&self.inner, &self.faults, append, reply);
        };
        let (inner, faults) = (Arc::clone(&self.inner), self.faults.clone());
        runtime.spawn(async move {
            tokio::time::sleep(turn.delay).await;
            if let Some(after) = turn.after {
                // An error means that the one before is gone, which is as good.
                let _gone = after.await;
            }
            if faults.is_disconnected() {
                reply.send(Err(AppendError::Unknown(disconnected())));
            } else {
                hand_on(&inner, &faults, append, reply);
            }
            let _last = turn.done.send(());
        });
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        self.faults.read().await?;
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        self.faults.read().await?;
        self.inner.read(query, range).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.faults.read().await?;
        self.inner.head().await
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        self.faults.read().await?;
        self.inner.find(id).await
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        match self.faults.append() {
            AppendFault::None => self.inner.erase(stream).await,
            AppendFault::Fails(error) => Err(AppendError::Store(error)),
            AppendFault::Lost(error) => {
                self.inner.erase(stream).await?;
                Err(AppendError::Unknown(error))
            }
        }
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.faults.read().await?;
        self.inner.snapshot(stream, version).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.faults.read().await?;
        self.inner.save_snapshot(stream, snapshot).await
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.inner.watch()
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

fn hand_on(inner: &Arc<dyn Store>, faults: &Faults, append: Append, reply: Reply) {
    match faults.append() {
        AppendFault::None => inner.submit(append, reply),
        AppendFault::Fails(error) => reply.send(Err(AppendError::Store(error))),
        AppendFault::Lost(error) => {
            // A refusal is lost like a success: nobody hears of either.
            let lost = Reply::new(move |_answer| reply.send(Err(AppendError::Unknown(error))));
            inner.submit(append, lost);
        }
    }
}
