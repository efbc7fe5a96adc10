//! How far a view or handler is.

use std::time::{Duration, SystemTime};

use crate::{
    Position,
    projection::{Doing, Progress, Report, State},
    store::documents::SubscriptionKind,
};

/// How far a view or handler is, where it runs, and what is in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionStatus {
    /// What it is.
    pub kind: SubscriptionKind,
    /// Its name.
    pub name: String,
    /// The version of a view; 1 for a handler.
    pub version: u32,
    /// What it is doing; of one that runs elsewhere, what its node last said.
    pub state: SubscriptionState,
    /// The name of the node that runs it, if it is not this one.
    pub elsewhere: Option<String>,
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
    /// What went wrong last, even if it is over.
    pub last_error: Option<String>,
}

/// What a view or handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionState {
    /// Finding out where it stands, and whether it is for this node to run.
    Starting,
    /// Following the log.
    Running,
    /// Trying again and again what fails.
    Retrying {
        /// Why it fails.
        error: String,
    },
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
        let (subscription, position) = (progress.subscription(), progress.position());
        let (elsewhere, report) = match progress.status().state {
            State::Elsewhere { node, report } => (Some(node), report),
            _ => (None, Report::of(progress)),
        };
        let lag_events = head.get().saturating_sub(position.get());
        let since = report.behind_since.filter(|_| lag_events > 0);
        Self {
            kind: subscription.kind,
            name: subscription.name.to_string(),
            version: subscription.version,
            state: report.doing.into(),
            elsewhere,
            position,
            head,
            lag_events,
            lag: since
                .and_then(|since| now.duration_since(since).ok())
                .unwrap_or_default(),
            parked: report.parked,
            last_error: report.last_error,
        }
    }
}

impl From<Doing> for SubscriptionState {
    fn from(doing: Doing) -> Self {
        match doing {
            Doing::Starting => Self::Starting,
            Doing::Running => Self::Running,
            Doing::Retrying(error) => Self::Retrying { error },
            Doing::Rebuilding(until) => Self::Rebuilding { until },
            Doing::Paused => Self::Paused,
            Doing::Stopped(reason) => Self::Stopped { reason },
        }
    }
}
