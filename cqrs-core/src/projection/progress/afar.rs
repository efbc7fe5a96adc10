//! How far it is where another node does the work.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::Notify;

use super::{Progress, State};
use crate::{
    projection::report::Report,
    store::documents::{Checkpoint, ParkedEvent, SubscriptionKind},
};

/// Somebody waits, until it is dropped.
pub(in crate::projection) struct Awaited<'p>(&'p Progress);

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        self.0.awaited.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Progress {
    /// From now on this is told when somebody begins to wait.
    pub(in crate::projection) fn watched_by(&self, onlooker: &Arc<Notify>) {
        let _first = self.onlooker.set(Arc::clone(onlooker)).is_ok();
    }

    /// Somebody waits for it, wherever it runs, until what this returns is dropped.
    pub(in crate::projection) fn awaits(&self) -> Awaited<'_> {
        self.awaited.fetch_add(1, Ordering::AcqRel);
        if let Some(onlooker) = self.onlooker.get() {
            onlooker.notify_one();
        }
        Awaited(self)
    }

    pub(in crate::projection) fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Acquire) > 0
    }

    /// Another node runs it, and says this.
    pub(in crate::projection) fn elsewhere(&self, node: String, report: Report) {
        self.status.send_modify(|status| {
            status.failing = None;
            status.behind_since = report.behind_since;
            status.last_error.clone_from(&report.last_error);
            status.state = State::Elsewhere { node, report };
        });
    }

    /// No other node runs it any more.
    pub(in crate::projection) fn not_elsewhere(&self) {
        self.status.send_if_modified(|status| {
            let was_elsewhere = matches!(status.state, State::Elsewhere { .. });
            if was_elsewhere {
                status.state = State::Starting;
            }
            was_elsewhere
        });
    }

    /// Whether the node that runs it holds back more or less than is known here.
    pub(in crate::projection) fn is_held_otherwise(&self) -> bool {
        let known = self.held_keys();
        let status = self.status.borrow();
        matches!(&status.state, State::Elsewhere { report, .. } if report.parked != known)
    }

    /// How far it is according to the store, and what it has parked, if that was looked up too.
    ///
    /// Once it is for this node to run, its task knows better.
    pub(in crate::projection) fn stands(
        &self,
        checkpoint: Checkpoint,
        parked: Option<&[ParkedEvent]>,
    ) {
        let position = checkpoint.position.get();
        // A handler is there as soon as it has a place in the log.
        let is_there = checkpoint.built || self.subscription.kind == SubscriptionKind::Handler;
        let ready = if is_there { position + 1 } else { 0 };
        self.status.send_if_modified(|status| {
            if !matches!(status.state, State::Elsewhere { .. }) {
                return false;
            }
            // Before its place, so that who is told that it is there is told what it has parked.
            if let Some(parked) = parked {
                self.holds(parked);
            }
            let was_ready = self.ready.swap(ready, Ordering::AcqRel);
            let was_at = self.position.swap(position, Ordering::AcqRel);
            (was_at, was_ready) != (position, ready)
        });
    }
}
