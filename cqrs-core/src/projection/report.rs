//! What the node that runs a view or handler says of it to the others.

use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Progress, progress::State};
use crate::Position;

/// What the node that runs a view or handler says of it to the others, with each sign of life.
///
/// Fields that a node of another version adds are passed over, and those that it lacks are as for one that just runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) doing: Doing,
    /// The last position that it has dealt with.
    pub(crate) position: Position,
    /// When the first event that it has not dealt with was recorded.
    pub(crate) behind_since: Option<SystemTime>,
    /// How many documents or streams are held back by parked events.
    pub(crate) parked: usize,
    /// What went wrong last.
    pub(crate) last_error: Option<String>,
}

/// What a view or handler is doing, in the words of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    Starting,
    #[default]
    Running,
    Retrying(String),
    Rebuilding(Position),
    Paused,
    Stopped(String),
}

impl Report {
    /// What there is to say of what runs here.
    pub(crate) fn of(progress: &Progress) -> Self {
        let status = progress.status();
        Self {
            doing: match (status.state, status.failing) {
                (State::Stopped(reason), _) => Doing::Stopped(reason),
                (State::Paused, _) => Doing::Paused,
                (State::Rebuilding { head }, _) => Doing::Rebuilding(head),
                (State::Starting | State::Running | State::Elsewhere { .. }, Some(failing)) => {
                    Doing::Retrying(failing.to_string())
                }
                (State::Starting | State::Elsewhere { .. }, None) => Doing::Starting,
                (State::Running, None) => Doing::Running,
            },
            position: progress.position(),
            behind_since: status.behind_since,
            parked: progress.held_keys(),
            last_error: status.last_error,
        }
    }

    /// Whether nothing will come of waiting for it.
    pub(super) const fn is_at_rest(&self) -> bool {
        matches!(self.doing, Doing::Paused | Doing::Stopped(_))
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        // It is made of texts and numbers.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// What another node said; of what cannot be read, that it runs.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }
}
