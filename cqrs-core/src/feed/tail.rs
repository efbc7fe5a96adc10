//! The end of the log, and what comes before it, read once for all who follow.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{
    FeedEvent,
    window::{FeedPage, Reading, Segment, Window},
};
use crate::{EventQuery, Position, Range, ReadError, Store, log::Log};

/// The log, for all of one app who follow it.
///
/// Who comes first reads a page, and who wants it at the same time or soon after gets it from memory. So the log is read
/// once for all who are near each other, each row is decoded once, and nobody waits for the slowest, who reads by itself
/// what is no longer kept.
#[derive(Debug)]
pub(crate) struct Feed {
    log: Arc<Log>,
    head: watch::Sender<Position>,
    window: Mutex<Window>,
}

impl Feed {
    /// Events read at once.
    pub(crate) const PAGE: usize = 512;

    /// How often the end is looked for where nobody told of a commit.
    const POLL: Duration = Duration::from_secs(1);

    pub(crate) fn new(log: Arc<Log>) -> Self {
        Self {
            log,
            head: watch::Sender::new(Position::START),
            window: Mutex::default(),
        }
    }

    /// Where the log ends, as far as is known.
    pub(crate) fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Waits until the log goes on after a position.
    pub(crate) async fn beyond(&self, position: Position) {
        let mut head = self.head.subscribe();
        // The sender lives as long as `self`.
        let _head = head.wait_for(|head| *head > position).await.is_ok();
    }

    /// Keeps up with where the log ends: told by the store, and by looking where others write to it too.
    pub(crate) async fn follow_head(&self) {
        let mut told = self.log.store.watch();
        let mut poll = interval(Self::POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tells = true;
        loop {
            let head = *told.borrow_and_update();
            self.reached(head);
            tokio::select! {
                changed = told.changed(), if tells => tells = changed.is_ok(),
                _ = poll.tick() => match self.log.store.head().await {
                    Ok(head) => self.reached(head),
                    Err(error) => tracing::debug!(%error, "the end of the log could not be looked for"),
                },
            }
        }
    }

    fn reached(&self, head: Position) {
        self.head.send_if_modified(|known| {
            let later = head > *known;
            *known = head.max(*known);
            later
        });
    }

    /// The events that come next after a position.
    pub(crate) async fn page(&self, after: Position) -> Result<FeedPage, ReadError> {
        let (number, reading) = {
            let mut window = self.window();
            if let Some(page) = window.page(after) {
                return Ok(page);
            }
            window.reading(after, || read(Arc::clone(&self.log.store), after))
        };
        // Dropped behind the read that it may have to give up.
        let _waiting = Waiting {
            feed: self,
            after,
            number,
        };
        let segment = reading.await;
        self.window().read(after, number, segment.as_ref().ok());
        let segment = segment?;
        // It begins at the position.
        FeedPage::of(&segment, after).ok_or(ReadError::FeedGap {
            after,
            found: after,
        })
    }

    /// What comes after a page, if more of the log was there when the page was read, and can be read now.
    pub(crate) async fn behind(&self, page: &FeedPage) -> Option<FeedPage> {
        if page.last() >= page.head() {
            return None;
        }
        // A failure is told by whoever has to have the page.
        self.page(page.last()).await.ok()
    }

    /// From now on every page is what the store says now.
    pub(crate) fn read_anew(&self) {
        self.window().clear();
    }

    // No code of a user runs under this lock.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a read, and may stop waiting.
struct Waiting<'a> {
    feed: &'a Feed,
    after: Position,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Dropped outside of the lock.
        let _read = self.feed.window().give_up(self.after, self.number);
    }
}

/// Reads one page, and makes sure that nothing is missing in it.
fn read(store: Arc<dyn Store>, after: Position) -> Reading {
    async move {
        let range = Range::after(after).limit(Feed::PAGE);
        let page = store.read(&EventQuery::all(), range).await?;
        let mut last = after;
        for event in &page.events {
            let found = event.meta.position;
            if found != last.plus(1) {
                return Err(ReadError::FeedGap { after: last, found });
            }
            last = found;
        }
        if page.events.len() < Feed::PAGE && last != page.head {
            return Err(ReadError::FeedGap {
                after: last,
                found: page.head,
            });
        }
        let events = page.events.into_iter().map(FeedEvent::new).collect();
        Ok(Arc::new(Segment::new(after, events, page.head)))
    }
    .boxed()
    .shared()
}
