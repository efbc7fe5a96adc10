//! What an operator can tell a view or handler.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::{Position, store::documents::ParkedEvent};

/// What an operator tells a view or handler: its own task does it, so that nothing is done twice at a time.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) what: What,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum What {
    /// Wait for the word to go on.
    Pause,
    /// Go on.
    Resume,
    /// Forget everything and begin at the first event.
    Rebuild,
    /// Deal with what is parked of a key.
    Release {
        /// What is held back.
        key: Bytes,
        /// Leave out the event that failed, if it is this one still.
        leave_out: Option<Position>,
    },
}

/// What came of it.
pub(crate) type Answer = Result<Released, Refusal>;

/// What was dealt with of a key that is parked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Released {
    /// How many events were dealt with or left out.
    pub(crate) done: u64,
    /// How many are parked still.
    pub(crate) left: u64,
    /// What went wrong at the first of these.
    pub(crate) error: Option<String>,
}

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// Nothing is parked under the key, or not what was to be left out.
    NotParked,
    /// It failed.
    Failed(String),
    /// The app is shutting down.
    Ending,
    /// It is not for this node to run.
    Elsewhere,
    /// Nobody has answered.
    Unanswered,
}

impl Order {
    pub(crate) fn new(what: What) -> (Self, oneshot::Receiver<Answer>) {
        let (reply, answer) = oneshot::channel();
        (Self { what, reply }, answer)
    }

    pub(super) fn answer(self, answer: Answer) {
        // Who gave the order may have gone.
        let _heard = self.reply.send(answer).is_ok();
    }
}

/// Whether what an order is about is still parked: something of the key, and first what is to be left out.
pub(super) fn is_parked(parked: &[ParkedEvent], leave_out: Option<Position>) -> bool {
    let first = parked.first().map(|first| first.position);
    first.is_some() && (leave_out.is_none() || leave_out == first)
}
