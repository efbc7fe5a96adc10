//! Watches from afar how far what runs on other nodes is.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use super::{Progress, Seat};
use crate::{
    Store, StoreError,
    log::Log,
    store::documents::{Checkpoint, Subscription},
};

/// One for each node, whoever waits and for however much: it reads all checkpoints at once.
pub(super) struct Onlooker {
    pub(super) log: Arc<Log>,
    pub(super) seats: Arc<[Seat]>,
    /// Somebody begins to wait for one that runs elsewhere, or one has begun to run elsewhere.
    pub(super) look: Arc<Notify>,
}

impl Onlooker {
    /// How soon it looks again as long as somebody waits.
    const AWAITED: Duration = Duration::from_millis(10);

    /// How soon when nobody does.
    const IDLE: Duration = Duration::from_secs(1);

    /// Looks on until the app ends.
    pub(super) async fn watch(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.once() => {}
                // Ends when the app is dropped, too.
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
    }

    /// Looks, and waits for a reason to look again.
    async fn once(&self) {
        if self.elsewhere().next().is_none() {
            self.look.notified().await;
            return;
        }
        if let Err(error) = self.look().await {
            tracing::debug!(%error, "how far other nodes are could not be looked up");
        }
        if self.elsewhere().any(|progress| progress.is_awaited()) {
            tokio::time::sleep(Self::AWAITED).await;
        } else {
            let _in_time = timeout(Self::IDLE, self.look.notified()).await;
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let store = &self.log.store;
        let stored = store.subscriptions().await?;
        for progress in self.elsewhere() {
            let Some(checkpoint) = find(&stored, progress.subscription()) else {
                continue;
            };
            if progress.position() == checkpoint.position && !progress.is_held_otherwise() {
                progress.stands(checkpoint, None);
            } else {
                let parked = store.parked(progress.subscription(), None).await?;
                progress.stands(checkpoint, Some(&parked));
            }
        }
        Ok(())
    }

    fn elsewhere(&self) -> impl Iterator<Item = &Arc<Progress>> {
        let seats = self.seats.iter().filter(|seat| seat.is_elsewhere());
        seats.map(|seat| seat.subscriber.progress())
    }
}

/// Looks how far one that runs elsewhere is.
pub(super) async fn look_at(store: &dyn Store, progress: &Progress) -> Result<(), StoreError> {
    if let Some(checkpoint) = store.checkpoint(progress.subscription()).await? {
        let parked = store.parked(progress.subscription(), None).await?;
        progress.stands(checkpoint, Some(&parked));
    }
    Ok(())
}

fn find(stored: &[(Subscription, Checkpoint)], of: &Subscription) -> Option<Checkpoint> {
    let found = stored.iter().find(|(subscription, _)| subscription == of);
    found.map(|(_, checkpoint)| *checkpoint)
}
