//! A store that counts, and misbehaves when it is told to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    Append, EventId, EventQuery, EventStore, Memory, NodeId, OrderId, Position, Range, ReadError,
    Revision, StoreError, StoredEvent, StreamId,
    store::{
        Identity, Limits, Snapshot,
        append::{AppendError, Reply},
        documents::{
            Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
            Subscription, ViewStore,
        },
        error::StoreErrorKind,
        leases::{Beat, Lease, LeaseOrder, LeaseStore, Pulse},
        query::{Page, StreamPage},
    },
};
use tokio::sync::watch;

/// What a [`Moody`] store has counted, and what it is told.
#[derive(Debug)]
pub(crate) struct Mood {
    /// Pages that were read of the log.
    pub(crate) reads: AtomicUsize,
    pub(crate) commits: AtomicUsize,
    pub(crate) document_reads: AtomicUsize,
    /// Commits fail: nothing happens.
    pub(crate) refuses_commits: AtomicBool,
    /// How many commits are let through.
    pub(crate) commits_left: AtomicUsize,
    /// Commits wait until so many pages were read of the log.
    pub(crate) commits_wait_for: AtomicUsize,
    /// The next commit happens, and is answered with a failure.
    pub(crate) loses_an_answer: AtomicBool,
    /// The next commit panics.
    pub(crate) panics_at_a_commit: AtomicBool,
    /// Reads of what comes after this position, or later, are not answered.
    pub(crate) answers_until: AtomicUsize,
    /// How many reads are waited for that are not answered.
    pub(crate) unanswered: AtomicUsize,
    /// Reads leave out the event at this position.
    pub(crate) hole: AtomicUsize,
    /// Signs of life are not answered.
    pub(crate) keeps_no_leases: AtomicBool,
    /// The next answer to an order is not taken.
    pub(crate) refuses_an_answer: AtomicBool,
}

impl Default for Mood {
    fn default() -> Self {
        Self {
            reads: AtomicUsize::new(0),
            commits: AtomicUsize::new(0),
            document_reads: AtomicUsize::new(0),
            refuses_commits: AtomicBool::new(false),
            commits_left: AtomicUsize::new(usize::MAX),
            commits_wait_for: AtomicUsize::new(0),
            loses_an_answer: AtomicBool::new(false),
            panics_at_a_commit: AtomicBool::new(false),
            answers_until: AtomicUsize::new(usize::MAX),
            unanswered: AtomicUsize::new(0),
            hole: AtomicUsize::new(0),
            keeps_no_leases: AtomicBool::new(false),
            refuses_an_answer: AtomicBool::new(false),
        }
    }
}

/// A read that is waited for.
struct Unanswered<'a>(&'a Mood);

impl<'a> Unanswered<'a> {
    fn new(mood: &'a Mood) -> Self {
        mood.unanswered.fetch_add(1, Ordering::SeqCst);
        Self(mood)
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.unanswered.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Mood {
    async fn answer_for_leases(&self) {
        if self.keeps_no_leases.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Moody {
    pub(crate) inner: Memory,
    pub(crate) mood: Arc<Mood>,
}

fn unavailable() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "out of order")
}

#[async_trait]
impl EventStore for Moody {
    fn submit(&self, append: Append, reply: Reply) {
        self.inner.submit(append, reply);
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
        self.mood.reads.fetch_add(1, Ordering::SeqCst);
        if range.after.get() >= self.mood.answers_until.load(Ordering::SeqCst) as u64 {
            let _waits = Unanswered::new(&self.mood);
            std::future::pending::<()>().await;
        }
        let mut page = self.inner.read(query, range).await?;
        let hole = Position::new(self.mood.hole.load(Ordering::SeqCst) as u64);
        page.events.retain(|event| event.meta.position != hole);
        Ok(page)
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
impl ViewStore for Moody {
    async fn checkpoint(&self, of: &Subscription) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.checkpoint(of).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.inner.subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        self.mood.commits.fetch_add(1, Ordering::SeqCst);
        while self.mood.reads.load(Ordering::SeqCst)
            < self.mood.commits_wait_for.load(Ordering::SeqCst)
        {
            tokio::task::yield_now().await;
        }
        assert!(
            !self.mood.panics_at_a_commit.swap(false, Ordering::SeqCst),
            "the store panics"
        );
        let left = self.mood.commits_left.load(Ordering::SeqCst);
        if left == 0 || self.mood.refuses_commits.load(Ordering::SeqCst) {
            return Err(unavailable().into());
        }
        if left < usize::MAX {
            self.mood.commits_left.store(left - 1, Ordering::SeqCst);
        }
        let done = self.inner.commit(commit).await;
        if self.mood.loses_an_answer.swap(false, Ordering::SeqCst) {
            return Err(unavailable().into());
        }
        done
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        self.mood.document_reads.fetch_add(1, Ordering::SeqCst);
        self.inner.documents(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.inner.list(view, selection).await
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
impl LeaseStore for Moody {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.mood.answer_for_leases().await;
        self.inner.beat(beat).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.mood.answer_for_leases().await;
        self.inner.leave(node).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.inner.leases().await
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.inner.send_order(order).await
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        if self.mood.refuses_an_answer.swap(false, Ordering::SeqCst) {
            return Err(unavailable());
        }
        self.inner.answer_order(id, answer).await
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.inner.order_answer(id).await
    }
}
