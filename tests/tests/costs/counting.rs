//! A store in memory that counts what it is asked.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use cqrs::{
    Append, AppendError, EventId, EventQuery, EventStore, Memory, NodeId, OrderId, Position, Range,
    ReadError, Revision, StoreError, StoredEvent, StreamId,
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

/// A store in memory, and how often it was asked for what. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counting(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    store: Memory,
    appends: AtomicU64,
    pages: AtomicU64,
    rows: AtomicU64,
    streams: AtomicU64,
    snapshots: AtomicU64,
    commits: AtomicU64,
    documents: AtomicU64,
}

/// How often a store was asked for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Appends, those that only look among them.
    pub(crate) appends: u64,
    /// Pages of the log.
    pub(crate) pages: u64,
    /// The events in them.
    pub(crate) rows: u64,
    /// Pages of a stream.
    pub(crate) streams: u64,
    /// Snapshots, looked for or kept.
    pub(crate) snapshots: u64,
    /// Pages that a view or handler has dealt with.
    pub(crate) commits: u64,
    /// Reads of documents, by whatever.
    pub(crate) documents: u64,
}

impl Counting {
    /// What it was asked since it was asked this.
    pub(crate) fn take(&self) -> Counts {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::SeqCst);
        Counts {
            appends: take(&self.0.appends),
            pages: take(&self.0.pages),
            rows: take(&self.0.rows),
            streams: take(&self.0.streams),
            snapshots: take(&self.0.snapshots),
            commits: take(&self.0.commits),
            documents: take(&self.0.documents),
        }
    }
}

fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::SeqCst);
}

#[async_trait::async_trait]
impl EventStore for Counting {
    fn submit(&self, append: Append, reply: Reply) {
        one(&self.0.appends);
        self.0.store.submit(append, reply);
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        one(&self.0.streams);
        self.0.store.read_stream(stream, after, limit).await
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        one(&self.0.pages);
        let page = self.0.store.read(query, range).await?;
        let rows = u64::try_from(page.events.len()).expect("a page is small");
        self.0.rows.fetch_add(rows, Ordering::SeqCst);
        Ok(page)
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.0.store.head().await
    }

    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError> {
        self.0.store.find(id).await
    }

    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError> {
        self.0.store.erase(stream).await
    }

    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError> {
        one(&self.0.snapshots);
        self.0.store.snapshot(stream, version).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        one(&self.0.snapshots);
        self.0.store.save_snapshot(stream, snapshot).await
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.0.store.watch()
    }

    fn identity(&self) -> Identity {
        self.0.store.identity()
    }

    fn limits(&self) -> Limits {
        self.0.store.limits()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.0.store.close().await
    }
}

#[async_trait::async_trait]
impl ViewStore for Counting {
    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.0.store.checkpoint(subscription).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.0.store.subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        one(&self.0.commits);
        self.0.store.commit(commit).await
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        one(&self.0.documents);
        self.0.store.documents(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        one(&self.0.documents);
        self.0.store.list(view, selection).await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        one(&self.0.documents);
        self.0.store.count(view, selection).await
    }

    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.0.store.parked(subscription, key).await
    }

    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.0.store.forget(subscription).await
    }
}

#[async_trait::async_trait]
impl LeaseStore for Counting {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.0.store.beat(beat).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.0.store.leave(node).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.0.store.leases().await
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.0.store.send_order(order).await
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.0.store.answer_order(id, answer).await
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.0.store.order_answer(id).await
    }
}
