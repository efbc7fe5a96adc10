//! A store made of another, with appending and reading done in another way.

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

/// The two that are done in another way.
#[async_trait]
pub(crate) trait Twist: fmt::Debug + Send + Sync + 'static {
    fn submit(&self, append: Append, reply: Reply);

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError>;
}

/// The store.
#[derive(Debug)]
pub(crate) struct Twisted {
    rest: Arc<dyn Store>,
    twist: Arc<dyn Twist>,
}

impl Twisted {
    pub(crate) fn new(rest: impl Store, twist: impl Twist) -> Self {
        Self {
            rest: Arc::new(rest),
            twist: Arc::new(twist),
        }
    }

    /// One of which nothing but the two is asked.
    pub(crate) fn alone(twist: impl Twist) -> Self {
        Self::new(Memory::new(), twist)
    }
}

#[async_trait]
impl EventStore for Twisted {
    fn submit(&self, append: Append, reply: Reply) {
        self.twist.submit(append, reply);
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        self.rest.read_stream(stream, after, limit).await
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        self.twist.read(query, range).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.rest.head().await
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        self.rest.find(id).await
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        self.rest.erase(stream).await
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.rest.snapshot(stream, version).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.rest.save_snapshot(stream, snapshot).await
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.rest.watch()
    }

    fn identity(&self) -> Identity {
        self.rest.identity()
    }

    fn limits(&self) -> Limits {
        self.rest.limits()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.rest.close().await
    }
}

#[async_trait]
impl ViewStore for Twisted {
    async fn checkpoint(&self, of: &Subscription) -> Result<Option<Checkpoint>, StoreError> {
        self.rest.checkpoint(of).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.rest.subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        self.rest.commit(commit).await
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        self.rest.documents(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.rest.list(view, selection).await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        self.rest.count(view, selection).await
    }

    async fn parked(
        &self,
        of: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.rest.parked(of, key).await
    }

    async fn forget(&self, of: &Subscription) -> Result<(), StoreError> {
        self.rest.forget(of).await
    }
}

#[async_trait]
impl LeaseStore for Twisted {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.rest.beat(beat).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.rest.leave(node).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.rest.leases().await
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.rest.send_order(order).await
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.rest.answer_order(id, answer).await
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.rest.order_answer(id).await
    }
}
