//! How far a view or handler is, for those who wait for it.

mod afar;
mod held;
#[cfg(test)]
mod tests;
mod work;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, OnceLock, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::report::{Doing, Report};
use crate::{Position, ReadViewError, StoreError, store::documents::Subscription};

/// How far a view or handler is, and how far this app instance needs it to be.
#[derive(Debug)]
pub(crate) struct Progress {
    subscription: Subscription,
    /// One more than the last position that it has dealt with or passed over; 0 while it must not be read.
    ready: AtomicU64,
    /// The last position that it has dealt with or passed over, readable or not.
    position: AtomicU64,
    /// The last position that this app instance committed of an event that it follows.
    wanted: AtomicU64,
    /// Changed with each page too, for those who wait.
    status: watch::Sender<Status>,
    held: RwLock<BTreeMap<Bytes, Held>>,
    /// How many wait for it.
    awaited: AtomicUsize,
    /// Who is to know that somebody begins to wait.
    onlooker: OnceLock<Arc<Notify>>,
}

/// What a view or handler is doing, and what is in its way.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Why it tries again and again what it must do next.
    pub(crate) failing: Option<Failing>,
    /// What went wrong last, even if it is over.
    pub(crate) last_error: Option<String>,
    /// When the first event that it has not dealt with was recorded.
    pub(crate) behind_since: Option<SystemTime>,
}

/// What is tried again and again.
#[derive(Clone, Debug)]
pub(crate) enum Failing {
    /// The store fails.
    Store(StoreError),
    /// The handler does.
    Handler(String),
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => fmt::Display::fmt(error, f),
            Self::Handler(error) => f.write_str(error),
        }
    }
}

/// What a view or handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Finding out where it stands.
    Starting,
    /// Following the log.
    Running,
    /// Not yet where it must be to be read.
    Rebuilding {
        /// Where that is.
        head: Position,
    },
    /// Waiting for the word to go on.
    Paused,
    /// Stopped, and why.
    Stopped(String),
    /// Another node runs it.
    Elsewhere {
        /// Which.
        node: String,
        /// What it said of it last.
        report: Report,
    },
}

impl State {
    /// The same, wherever it runs.
    fn doing(&self) -> Doing {
        match self {
            Self::Elsewhere { report, .. } => report.doing.clone(),
            Self::Starting | Self::Running => Doing::Running,
            Self::Rebuilding { head } => Doing::Rebuilding(*head),
            Self::Paused => Doing::Paused,
            Self::Stopped(reason) => Doing::Stopped(reason.clone()),
        }
    }
}

/// Why what is paused cannot be read.
const PAUSED: &str = "it was paused";

/// A key that is held back: what failed first.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) text: String,
    pub(crate) position: Position,
    pub(crate) reason: String,
}

impl Progress {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            ready: AtomicU64::new(0),
            position: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
            status: watch::Sender::new(Status {
                state: State::Starting,
                failing: None,
                last_error: None,
                behind_since: None,
            }),
            held: RwLock::default(),
            awaited: AtomicUsize::new(0),
            onlooker: OnceLock::new(),
        }
    }

    pub(crate) const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// This app instance has committed an event that it follows.
    pub(crate) fn committed(&self, position: Position) {
        self.wanted.fetch_max(position.get(), Ordering::AcqRel);
    }

    /// How far it must be for this app instance to read its own writes.
    pub(crate) fn wanted(&self) -> Position {
        Position::new(self.wanted.load(Ordering::Acquire))
    }

    /// The last position that it has dealt with or passed over.
    pub(crate) fn position(&self) -> Position {
        Position::new(self.position.load(Ordering::Acquire))
    }

    pub(crate) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Told of every change of position and status.
    pub(crate) fn changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Waits until it has seen a position.
    pub(crate) async fn reach(
        &self,
        wanted: Position,
        limit: Duration,
    ) -> Result<(), ReadViewError> {
        if self.has_reached(wanted) {
            return Ok(());
        }
        match tokio::time::timeout(limit, self.wait(wanted)).await {
            Ok(reached) => reached,
            Err(_elapsed) => {
                let position = self.position();
                Err(ReadViewError::Behind {
                    view: self.subscription.name.clone(),
                    position,
                    wanted,
                    behind: wanted.get().saturating_sub(position.get()),
                })
            }
        }
    }

    /// An error while it is built for the first time, or again.
    pub(crate) fn refuse_half_built(&self) -> Result<(), ReadViewError> {
        if self.is_readable() {
            return Ok(());
        }
        match &self.status.borrow().state {
            State::Rebuilding { head }
            | State::Elsewhere {
                report:
                    Report {
                        doing: Doing::Rebuilding(head),
                        ..
                    },
                ..
            } => Err(self.rebuilding(self.position(), *head)),
            _ => Ok(()),
        }
    }

    /// Why nothing is told of what was read of a view that the store says is not built, but at this position.
    pub(crate) fn half_built(&self, done: Position) -> ReadViewError {
        let doing = self.status.borrow().state.doing();
        match doing {
            Doing::Paused => self.out_of_order(PAUSED),
            Doing::Stopped(reason) => self.out_of_order(&reason),
            Doing::Rebuilding(head) => self.rebuilding(done, head.max(done)),
            // Who builds it has not said yet up to where.
            Doing::Starting | Doing::Running | Doing::Retrying(_) => {
                let head = self.position().max(self.wanted()).max(done);
                self.rebuilding(done, head)
            }
        }
    }

    /// Whether it was built, and has not stopped.
    pub(super) fn is_readable(&self) -> bool {
        self.ready.load(Ordering::Acquire) > 0
    }

    pub(crate) fn has_reached(&self, wanted: Position) -> bool {
        self.ready.load(Ordering::Acquire) > wanted.get()
    }

    fn rebuilding(&self, done: Position, head: Position) -> ReadViewError {
        ReadViewError::Rebuilding {
            view: self.subscription.name.clone(),
            done,
            head,
        }
    }

    fn out_of_order(&self, reason: &str) -> ReadViewError {
        ReadViewError::Stopped {
            view: self.subscription.name.clone(),
            position: self.position(),
            reason: reason.to_owned(),
        }
    }

    async fn wait(&self, wanted: Position) -> Result<(), ReadViewError> {
        let _awaited = self.awaits();
        let mut changes = self.changes();
        loop {
            let doing = changes.borrow_and_update().state.doing();
            if self.has_reached(wanted) {
                return Ok(());
            }
            match doing {
                Doing::Starting | Doing::Running | Doing::Retrying(_) => {}
                // What another node said of it may be over.
                Doing::Rebuilding(_) if self.is_readable() => {}
                Doing::Rebuilding(head) => return Err(self.rebuilding(self.position(), head)),
                Doing::Paused => return Err(self.out_of_order(PAUSED)),
                Doing::Stopped(reason) => return Err(self.out_of_order(&reason)),
            }
            // The sender lives as long as `self`.
            let _change = changes.changed().await.is_ok();
        }
    }
}
