//! Old versions of views, which go when no node has use for them any more.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{Progress, Seat};
use crate::{
    StoreError,
    log::Log,
    store::documents::{Subscription, SubscriptionKind},
};

/// Has old versions of views go. It is a task of its own, since what is forgotten may be much.
pub(super) struct Generations {
    pub(super) log: Arc<Log>,
    pub(super) seats: Arc<[Seat]>,
    pub(super) after: Duration,
    /// When this node began.
    pub(super) since: Instant,
}

impl Generations {
    /// How often it looks at most.
    const SOON: Duration = Duration::from_millis(10);

    /// Looks again and again until the app ends.
    pub(super) async fn keep(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.once() => {}
                // Ends when the app is dropped, too.
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
    }

    async fn once(&self) {
        sleep((self.after / 4).max(Self::SOON)).await;
        if let Err(error) = self.look().await {
            tracing::warn!(%error, "old versions of views were not looked for");
        }
    }

    /// Forgets each version of a view that is older than the one here, when that can be read and no node has announced
    /// the old one for the set time.
    async fn look(&self) -> Result<(), StoreError> {
        let store = &self.log.store;
        let leases = store.leases().await?;
        for (stored, _) in store.subscriptions().await? {
            let lease = leases.iter().find(|lease| lease.subscription == stored);
            // Without a lease no node has announced it at least since this one began.
            let unannounced = lease.map_or_else(|| self.since.elapsed(), |lease| lease.unannounced);
            let is_held = lease.is_some_and(|lease| lease.holder.is_some());
            let is_replaced = || {
                let mut here = self.seats.iter().map(|seat| seat.subscriber.progress());
                here.any(|progress| replaces(progress, &stored))
            };
            if !is_held && unannounced >= self.after && is_replaced() {
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
