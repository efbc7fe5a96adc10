//! Whether a view or handler is for this node to run.

use std::{ops::RangeInclusive, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::NodeId;

/// This app, among those that run the same program on one store.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) id: NodeId,
    /// For people.
    pub(crate) name: String,
    /// For how long a lease is held without a sign of life.
    pub(crate) term: Duration,
    /// How long no node must have announced an old version of a view before it goes.
    pub(crate) forget_after: Option<Duration>,
}

impl Node {
    /// So that there is time enough for a sign of life, and an end of it.
    const TERMS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(86_400);

    /// It holds a lease neither too shortly nor for ever.
    pub(super) fn with_sound_term(self) -> Self {
        let term = self.term.clamp(*Self::TERMS.start(), *Self::TERMS.end());
        Self { term, ..self }
    }
}

/// Who runs a view or handler, as far as this node knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tenure {
    /// Nobody, or it was not asked yet.
    Unknown,
    /// This node, until its term ends.
    Here { epoch: u64, until: Instant },
    /// Another node.
    Elsewhere { node: String },
}

impl Tenure {
    /// The epoch under which this node holds it now.
    pub(super) fn epoch(&self) -> Option<u64> {
        match self {
            Self::Here { epoch, until } if *until > Instant::now() => Some(*epoch),
            Self::Here { .. } | Self::Unknown | Self::Elsewhere { .. } => None,
        }
    }
}

/// What a task knows of its lease. The keeper of leases holds the other end.
#[derive(Debug)]
pub(super) struct Lease {
    tenure: watch::Receiver<Tenure>,
    /// Under which epoch it works.
    epoch: u64,
}

impl Lease {
    pub(super) const fn new(tenure: watch::Receiver<Tenure>) -> Self {
        Self { tenure, epoch: 0 }
    }

    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Waits until it is held, and goes by its epoch from then on. `false` when nobody keeps leases any more.
    pub(super) async fn held(&mut self) -> bool {
        let is_held = |tenure: &Tenure| tenure.epoch().is_some();
        match self.tenure.wait_for(is_held).await {
            Ok(tenure) => {
                self.epoch = tenure.epoch().unwrap_or_default();
                true
            }
            Err(_closed) => false,
        }
    }

    /// Whether it is not held any more, or was in between not.
    pub(super) fn is_lost(&self) -> bool {
        self.tenure.borrow().epoch() != Some(self.epoch)
    }

    /// Waits until it is lost. That a term has run out shows only when it is looked at.
    pub(super) async fn lost(&mut self) {
        let epoch = self.epoch;
        let is_lost = |tenure: &Tenure| tenure.epoch() != Some(epoch);
        let _closed = self.tenure.wait_for(is_lost).await.is_err();
    }

    /// Waits for the next word on it, from when this was called.
    pub(super) fn heard(&mut self) -> impl Future<Output = ()> {
        self.tenure.mark_unchanged();
        async {
            let _closed = self.tenure.changed().await.is_err();
        }
    }
}
