//! Reads that go wrong.

use std::{
    collections::BTreeSet,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cqrs_core::{
    Append, EventId, EventQuery, EventStore, Memory, Position, Range, ReadError, StoreError,
    store::{
        append::Reply,
        documents::{Document, Reading, Selection, Subscription, ViewStore},
        query::{Direction, Page},
    },
};
use uuid::Uuid;

use crate::twist::Twist;

/// Positions are drawn from a sequence before the commit, so that some become visible after later ones.
#[derive(Debug, Default)]
pub(crate) struct LateVisible {
    hidden: Arc<Mutex<BTreeSet<Position>>>,
    count: AtomicU64,
}

#[async_trait]
impl Twist for LateVisible {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        if !self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(5) {
            return inner.submit(append, reply);
        }
        let hidden = Arc::clone(&self.hidden);
        // Hidden until its commit, which takes a while.
        let guess = *inner.watch().borrow();
        hidden.lock().expect("not poisoned").insert(guess.plus(1));
        let commit = Reply::new(move |answer| {
            tokio::spawn(async move {
                for _ in 0..50 {
                    tokio::task::yield_now().await;
                }
                hidden.lock().expect("not poisoned").remove(&guess.plus(1));
                reply.send(answer);
            });
        });
        inner.submit(append, commit);
    }

    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let mut page = inner.read(query, range).await?;
        let hidden = self.hidden.lock().expect("not poisoned");
        page.events
            .retain(|event| !hidden.contains(&event.meta.position));
        Ok(page)
    }
}

/// The head of a page is read after its events, in a statement of its own.
#[derive(Debug)]
pub(crate) struct HeadTooNew;

#[async_trait]
impl Twist for HeadTooNew {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let page = inner.read(query, range).await?;
        // Long enough for others to come between.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let head = inner.head().await?;
        Ok(Page { head, ..page })
    }
}

/// The last event of a page comes again, now and then.
#[derive(Debug)]
pub(crate) struct Delivered {
    every: u64,
    count: AtomicU64,
}

impl Delivered {
    pub(crate) const fn every(every: u64) -> Self {
        let count = AtomicU64::new(0);
        Self { every, count }
    }
}

#[async_trait]
impl Twist for Delivered {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let again = (self.count.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.every);
        let after = if again {
            range.after.previous()
        } else {
            range.after
        };
        inner.read(query, Range { after, ..range }).await
    }
}

/// Two neighbours of a page change places, now and then.
#[derive(Debug)]
pub(crate) struct Turned {
    every: u64,
    count: AtomicU64,
}

impl Turned {
    pub(crate) const fn every(every: u64) -> Self {
        let count = AtomicU64::new(0);
        Self { every, count }
    }
}

#[async_trait]
impl Twist for Turned {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let mut page = inner.read(query, range).await?;
        let turn = (self.count.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.every);
        if turn && page.events.len() > 1 {
            page.events.swap(0, 1);
        }
        Ok(page)
    }
}

/// Positions follow transaction ids, so that two events of one stream may lie in the wrong order.
#[derive(Debug)]
pub(crate) struct RevisionsTurned;

#[async_trait]
impl Twist for RevisionsTurned {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let mut page = inner.read(query, range).await?;
        if let [.., one, two] = page.events.as_mut_slice()
            && one.meta.stream == two.meta.stream
        {
            mem::swap(&mut one.meta.revision, &mut two.meta.revision);
        }
        Ok(page)
    }
}

/// Readers see events that are rolled back later.
#[derive(Debug, Default)]
pub(crate) struct Phantom(AtomicU64);

#[async_trait]
impl Twist for Phantom {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let mut page = inner.read(query, range).await?;
        let rolled_back = self.0.fetch_add(1, Ordering::Relaxed) % 50 == 49;
        if let Some(last) = page.events.last_mut().filter(|_| rolled_back) {
            last.meta.id = EventId::new(Uuid::now_v7());
        }
        Ok(page)
    }
}

/// Reading backward leaves out the event at `until`.
#[derive(Debug)]
pub(crate) struct OffByOne;

#[async_trait]
impl Twist for OffByOne {
    async fn read(
        &self,
        inner: &Memory,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        let until = match range.direction {
            Direction::Backward => range.until.map(Position::previous),
            Direction::Forward => range.until,
        };
        inner.read(query, Range { until, ..range }).await
    }
}

/// The end of a range of an index does not belong to it.
#[derive(Debug)]
pub(crate) struct WrongIndex;

#[async_trait]
impl Twist for WrongIndex {
    async fn list(
        &self,
        inner: &Memory,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        let mut selection = selection.clone();
        if let Some(by) = &mut selection.by {
            // As good as "less than": nothing lies between a value and itself without its last byte.
            by.to = by
                .to
                .take()
                .map(|to| to.slice(..to.len().saturating_sub(1)));
        }
        inner.list(view, &selection).await
    }
}

/// Whether a view is built is looked up before its documents, in a statement of its own.
#[derive(Debug)]
pub(crate) struct LooksFirst;

#[async_trait]
impl Twist for LooksFirst {
    async fn list(
        &self,
        inner: &Memory,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        let stands = inner.checkpoint(view).await?.unwrap_or_default();
        // Long enough for others to come between.
        tokio::task::yield_now().await;
        let reading = inner.list(view, selection).await?;
        Ok(Reading {
            built: stands.built,
            position: stands.position,
            ..reading
        })
    }
}
