//! Tasks that read.

use std::{collections::HashMap, sync::Arc, time::Duration};

use cqrs_core::{EventId, EventQuery, Position, Range, Revision, Store, StoredEvent, StreamId};
use tokio::{sync::watch, time::timeout};

use super::Violation;

/// What a reader saw of a query.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) query: EventQuery,
    pub(super) events: Vec<(Position, EventId)>,
}

/// Tells where the log ends, once every writer is done.
pub(super) type End = watch::Receiver<Option<Position>>;

/// Reads page after page.
pub(super) struct Follower {
    store: Arc<dyn Store>,
    limit: usize,
    seen: Seen,
    /// What it has dealt with: the last event it saw, or the head of a page that had no more.
    at: Position,
    revisions: HashMap<StreamId, Revision>,
}

/// Wakes are hints: without one a reader looks again after a while.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Follower {
    pub(super) fn new(store: &Arc<dyn Store>, query: EventQuery, limit: usize) -> Self {
        Self {
            store: Arc::clone(store),
            limit,
            seen: Seen {
                query,
                events: Vec::new(),
            },
            at: Position::START,
            revisions: HashMap::new(),
        }
    }

    /// Follows the log until its end.
    pub(super) async fn follow(mut self, mut end: End) -> Result<Seen, Violation> {
        let mut wake = self.store.watch();
        loop {
            wake.mark_unchanged();
            // Looked at first: what was acknowledged before a page is read must be in its reach.
            let last = *end.borrow_and_update();
            let full = self.page().await?;
            match last {
                Some(last) if self.at >= last => return Ok(self.seen),
                Some(last) if !full => {
                    return Err(Violation::new(format!(
                        "position {last} was acknowledged, and a later page has the head {}",
                        self.at
                    )));
                }
                _ => {}
            }
            if !full {
                tokio::select! {
                    _ = timeout(LOOK_AGAIN, wake.changed()) => {}
                    _ = end.changed() => {}
                }
            }
        }
    }

    /// Reads a page and says whether it was full.
    async fn page(&mut self) -> Result<bool, Violation> {
        let range = Range::after(self.at).limit(self.limit);
        let page = self.store.read(&self.seen.query, range).await;
        let page = page.map_err(|error| Violation::new(format!("a read failed: {error}")))?;
        let full = page.events.len() >= self.limit;
        for event in &page.events {
            self.see(event)?;
        }
        if !full {
            if self.seen.query.matches_all() && self.at != page.head {
                return Err(Violation::new(format!(
                    "a page that was not full ended at {}, and its head is {}",
                    self.at, page.head
                )));
            }
            self.at = page.head;
        }
        Ok(full)
    }

    fn see(&mut self, event: &StoredEvent) -> Result<(), Violation> {
        let meta = &event.meta;
        let all = self.seen.query.matches_all();
        let in_order = if all {
            meta.position == self.at.plus(1)
        } else {
            meta.position > self.at
        };
        if !in_order {
            return Err(Violation::new(format!(
                "position {} came after {}",
                meta.position, self.at
            )));
        }
        let last = self.revisions.entry(meta.stream.clone()).or_default();
        if all && meta.revision != last.plus(1) || meta.revision <= *last {
            return Err(Violation::new(format!(
                "revision {} of {} came after {last}, at position {}",
                meta.revision, meta.stream, meta.position
            )));
        }
        *last = meta.revision;
        self.at = meta.position;
        self.seen.events.push((meta.position, meta.id));
        Ok(())
    }
}

/// Reads the whole log again and again until its end, and compares with the last time.
pub(super) async fn catch_up(
    store: Arc<dyn Store>,
    limit: usize,
    end: End,
) -> Result<Seen, Violation> {
    let mut before: Vec<(Position, EventId)> = Vec::new();
    loop {
        // Looked at first: what is written later is for the next round.
        let last = *end.borrow();
        let mut follower = Follower::new(&store, EventQuery::all(), limit);
        while follower.page().await? {}
        let seen = follower.seen;
        if !seen.events.starts_with(&before) {
            return Err(Violation::new("what a reader had seen is no longer there"));
        }
        if last.is_some() {
            return Ok(seen);
        }
        before.clone_from(&seen.events);
        tokio::task::yield_now().await;
    }
}
