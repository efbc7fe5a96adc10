//! A store made of another, with something done in another way.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, EventId, EventQuery, EventStore, Memory, NodeId, OrderId, Position, Range,
    ReadError, Revision, Store, StoreError, StoredEvent, StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::Reply,
        documents::{
            Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
            Subscription, ViewStore,
        },
        leases::{Beat, Lease, LeaseOrder, LeaseStore, Pulse},
        query::{Page, StreamPage},
    },
};
use tokio::sync::watch;

/// What is done in another way: what is not overridden is as it was.
#[async_trait]
pub(crate) trait Twist<S: Store = Memory>: fmt::Debug + Send + Sync + 'static {
    fn submit(&self, inner: &S, append: Append, reply: Reply) {
        inner.submit(append, reply);
    }

    async fn read(&self, inner: &S, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        inner.read(query, range).await
    }

    async fn commit(&self, inner: &S, commit: PageCommit) -> Result<(), CommitError> {
        inner.commit(commit).await
    }

    async fn list(
        &self,
        inner: &S,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        inner.list(view, selection).await
    }
}

/// The store. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Twisted<S: Store = Memory> {
    inner: S,
    twist: Arc<dyn Twist<S>>,
}

impl Twisted {
    /// Of which nothing is asked that is not overridden, or a store in memory with something wrong.
    pub(crate) fn new(twist: impl Twist) -> Self {
        Self::around(Memory::new(), twist)
    }
}

impl<S: Store> Twisted<S> {
    pub(crate) fn around(inner: S, twist: impl Twist<S>) -> Self {
        Self {
            inner,
            twist: Arc::new(twist),
        }
    }
}

#[async_trait]
impl<S: Store> EventStore for Twisted<S> {
    fn submit(&self, append: Append, reply: Reply) {
        self.twist.submit(&self.inner, append, reply);
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        self.inner.read_stream(stream, after, limit).await
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        self.twist.read(&self.inner, query, range).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.inner.head().await
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        self.inner.find(id).await
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        self.inner.erase(stream).await
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.inner.snapshot(stream, version).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
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

#[async_trait]
impl<S: Store> ViewStore for Twisted<S> {
    async fn checkpoint(&self, of: &Subscription) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.checkpoint(of).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.inner.subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        self.twist.commit(&self.inner, commit).await
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        self.inner.documents(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.twist.list(&self.inner, view, selection).await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        self.inner.count(view, selection).await
    }

    async fn parked(
        &self,
        of: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.inner.parked(of, key).await
    }

    async fn forget(&self, of: &Subscription) -> Result<(), StoreError> {
        self.inner.forget(of).await
    }
}

#[async_trait]
impl<S: Store> LeaseStore for Twisted<S> {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.inner.beat(beat).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.inner.leave(node).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.inner.leases().await
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.inner.send_order(order).await
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.inner.answer_order(id, answer).await
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.inner.order_answer(id).await
    }
}
