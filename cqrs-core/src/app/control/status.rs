//! How far a view or handler is.

use std::time::{Duration, SystemTime};

use crate::{
    Position,
    projection::{Failing, Progress, State},
    store::documents::SubscriptionKind,
};

/// How far a view or handler is, and what is in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionStatus {
    /// What it is.
    pub kind: SubscriptionKind,
    /// Its name.
    pub name: String,
    /// The version of a view; 1 for a handler.
    pub version: u32,
    /// What it is doing.
    pub state: SubscriptionState,
    /// The last position that it has dealt with.
    pub position: Position,
    /// The last position of the log.
    pub head: Position,
    /// How many positions are between.
    pub lag_events: u64,
    /// How long ago the first event was recorded that it has not dealt with.
    pub lag: Duration,
    /// How many documents or streams are held back by parked events.
    pub parked: usize,
    /// What fails now and is tried again.
    pub failing: Option<String>,
}

/// What a view or handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionState {
    /// Finding out where it stands.
    Starting,
    /// Following the log.
    Running,
    /// Being built, up to this position before it is shown.
    Rebuilding {
        /// The position.
        until: Position,
    },
    /// Waiting for [`App::resume`](crate::App::resume).
    Paused,
    /// Stopped at what it cannot deal with.
    Stopped {
        /// What that is.
        reason: String,
    },
}

impl SubscriptionStatus {
    pub(super) fn new(progress: &Progress, head: Position, now: SystemTime) -> Self {
        let (subscription, status) = (progress.subscription(), progress.status());
        let position = progress.position();
        let lag_events = head.get().saturating_sub(position.get());
        let since = status.behind_since.filter(|_| lag_events > 0);
        Self {
            kind: subscription.kind,
            name: subscription.name.to_string(),
            version: subscription.version,
            state: match status.state {
                State::Starting => SubscriptionState::Starting,
                State::Running => SubscriptionState::Running,
                State::Rebuilding { head } => SubscriptionState::Rebuilding { until: head },
                State::Paused => SubscriptionState::Paused,
                State::Stopped(reason) => SubscriptionState::Stopped { reason },
            },
            position,
            head,
            lag_events,
            lag: since
                .and_then(|since| now.duration_since(since).ok())
                .unwrap_or_default(),
            parked: progress.held_keys(),
            failing: status.failing.map(|failing| match failing {
                Failing::Store(error) => error.to_string(),
                Failing::Handler(error) => error,
            }),
        }
    }
}
