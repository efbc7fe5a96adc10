//! Old versions of views, which go when no node has use for them any more.

use std::time::Duration;

use tokio::time::Instant;

use super::{Progress, Seat};
use crate::{
    Store, StoreError,
    store::documents::{Subscription, SubscriptionKind},
};

/// When old versions of views go.
#[derive(Debug)]
pub(super) struct Generations {
    after: Duration,
    since: Instant,
    looked: Instant,
}

impl Generations {
    pub(super) fn new(after: Duration) -> Self {
        let now = Instant::now();
        Self {
            after,
            since: now,
            looked: now,
        }
    }

    /// Forgets each version of a view that is older than the one here, when that can be read and no node has announced
    /// the old one for the set time.
    pub(super) async fn look(
        &mut self,
        store: &dyn Store,
        seats: &[Seat],
    ) -> Result<(), StoreError> {
        if self.looked.elapsed() < self.after / 4 {
            return Ok(());
        }
        self.looked = Instant::now();
        let leases = store.leases().await?;
        for (stored, _) in store.subscriptions().await? {
            let lease = leases.iter().find(|lease| lease.subscription == stored);
            // Without a lease no node has announced it at least since this one began.
            let unannounced = lease.map_or_else(|| self.since.elapsed(), |lease| lease.unannounced);
            let is_replaced = || {
                let mut here = seats.iter().map(|seat| seat.subscriber.progress());
                here.any(|progress| replaces(progress, &stored))
            };
            if unannounced >= self.after && is_replaced() {
                store.forget(&stored).await?;
                tracing::info!(subscription = %stored, "is forgotten: no node has use for it");
            }
        }
        Ok(())
    }
}

fn replaces(progress: &Progress, stored: &Subscription) -> bool {
    let here = progress.subscription();
    stored.kind == SubscriptionKind::View
        && (here.kind, &here.name) == (stored.kind, &stored.name)
        && here.version > stored.version
        && progress.is_readable()
}
