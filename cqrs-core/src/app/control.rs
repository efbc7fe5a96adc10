//! What an operator sees and does: how far views and handlers are, and what is parked.

mod parked;
mod projections;
mod status;

use thiserror::Error;

pub use self::{
    parked::{Parked, Release},
    status::{SubscriptionState, SubscriptionStatus},
};
use super::{App, Core};
use crate::{
    Position, ReadError, StoreError,
    projection::{Refusal, Released, What},
    store::documents::{Subscription, SubscriptionKind},
};

/// Why an operator's order was not carried out.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Nothing of this name runs here.
    #[error("no {} `{name}` runs in this app", kind.as_str())]
    NotFound {
        /// What it would be.
        kind: SubscriptionKind,
        /// The name given.
        name: String,
    },
    /// Nothing is parked under this key any more, or not what was to be left out.
    #[error("it is not parked any more: look at what is")]
    NotParked,
    /// The version of the view or projection is in use.
    #[error("version {version} of `{name}` is the one in use: forget only others")]
    InUse {
        /// The view or projection.
        name: String,
        /// Its version.
        version: u32,
    },
    /// It was tried, and failed.
    #[error("the order failed: {0}")]
    Failed(String),
    /// The node that runs it has not answered: it may still carry the order out.
    #[error("the node that runs it has not answered: look at its status, and try again")]
    Unanswered,
    /// The app is shutting down.
    #[error("the app is shutting down")]
    ShuttingDown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotParked => Self::NotParked,
            Refusal::Failed(reason) => Self::Failed(reason),
            Refusal::Ending => Self::ShuttingDown,
            Refusal::Elsewhere | Refusal::Unanswered => Self::Unanswered,
        }
    }
}

/// For operators.
impl App {
    /// Every view, projection and handler of this program: how far it is, where it runs, and what is in its way.
    ///
    /// # Errors
    ///
    /// When the store fails in a way that passes. After one that does not, the last head known is told.
    pub async fn status(&self) -> Result<Vec<SubscriptionStatus>, ControlError> {
        let core = self.running()?;
        let head = match core.log.store.head().await {
            Ok(head) => head,
            Err(ReadError::Store(error)) if error.is_transient() => return Err(error.into()),
            // What is stopped for good is to be seen, and at what.
            Err(_lasting_or_no_position_was_given) => core.projections.head(),
        };
        let now = core.log.clock.now();
        let all = core.projections.all();
        Ok(all
            .map(|progress| SubscriptionStatus::new(progress, head, now))
            .collect())
    }

    /// Waits until every view, projection and handler has dealt with all that is recorded now, or is paused or has stopped.
    ///
    /// For tests and imports; queries wait by themselves.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn caught_up(&self) -> Result<(), ControlError> {
        let core = self.running()?;
        let head = match core.log.store.head().await {
            Ok(head) => head,
            Err(ReadError::Store(error)) => return Err(error.into()),
            Err(_no_position_was_given) => core.projections.head(),
        };
        core.projections.caught_up(head).await;
        Ok(())
    }

    /// Everything that is parked: for each document or stream, what failed and what waits behind it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn parked(&self) -> Result<Vec<Parked>, ControlError> {
        let core = self.running()?;
        let mut all = Vec::new();
        for progress in core.projections.all() {
            let subscription = progress.subscription();
            let events = core.log.store.parked(subscription, None).await?;
            all.extend(Parked::group(subscription, events));
        }
        Ok(all)
    }

    /// Deals with the events that are parked under a key, in order, until one fails again.
    ///
    /// A handler is given each of them once more; a view projects them with what the program is now.
    ///
    /// # Errors
    ///
    /// See [`ControlError`]. An event that fails again is no error: the answer tells.
    pub async fn retry_parked(&self, parked: &Parked) -> Result<Release, ControlError> {
        self.release(parked, None).await
    }

    /// Leaves out the event that failed, and deals with those that waited behind it.
    ///
    /// # Errors
    ///
    /// As for [`retry_parked`](Self::retry_parked); [`ControlError::NotParked`] also when by now another event of the key
    /// is the first that is parked, which nobody has looked at.
    pub async fn drop_parked(&self, parked: &Parked) -> Result<Release, ControlError> {
        match parked.positions.first() {
            Some(failed) => self.release(parked, Some(*failed)).await,
            None => Err(ControlError::NotParked),
        }
    }

    async fn release(
        &self,
        parked: &Parked,
        leave_out: Option<Position>,
    ) -> Result<Release, ControlError> {
        let what = What::Release {
            key: parked.key.clone(),
            leave_out,
        };
        let released = self.order(parked.kind, &parked.name, what).await?;
        Ok(Release::from(released))
    }

    /// Makes a view, projection or handler wait, after what it has in hand, until [`resume`](Self::resume): on whatever node it runs,
    /// and after a restart too.
    ///
    /// # Errors
    ///
    /// See [`ControlError`].
    pub async fn pause(&self, kind: SubscriptionKind, name: &str) -> Result<(), ControlError> {
        self.order(kind, name, What::Pause).await.map(drop)
    }

    /// Makes a view, projection or handler go on that was paused or has stopped.
    ///
    /// # Errors
    ///
    /// See [`ControlError`].
    pub async fn resume(&self, kind: SubscriptionKind, name: &str) -> Result<(), ControlError> {
        self.order(kind, name, What::Resume).await.map(drop)
    }

    /// Forgets a view's documents, and what is parked of it, and builds it again from the first event.
    ///
    /// Answers when it has begun; until it is done, asking the view says how far it is.
    ///
    /// # Errors
    ///
    /// See [`ControlError`].
    pub async fn rebuild_view(&self, name: &str) -> Result<(), ControlError> {
        let kind = SubscriptionKind::View;
        self.order(kind, name, What::Rebuild).await.map(drop)
    }

    /// The versions of views and projections, and the handlers, that the store keeps although nothing here follows the log for them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn unused_subscriptions(&self) -> Result<Vec<Subscription>, ControlError> {
        let core = self.running()?;
        let stored = core.log.store.subscriptions().await?;
        let stored = stored.into_iter().map(|(subscription, _)| subscription);
        Ok(stored
            .filter(|subscription| !is_used(core, subscription))
            .collect())
    }

    /// Deletes the documents of a version of a view that is not in use any more, here or by another program.
    ///
    /// # Errors
    ///
    /// [`ControlError::InUse`] when it is the version of this program.
    pub async fn forget_view_version(&self, name: &str, version: u32) -> Result<(), ControlError> {
        let core = self.running()?;
        let subscription = Subscription {
            kind: SubscriptionKind::View,
            name: name.to_owned().into(),
            version,
        };
        if is_used(core, &subscription) {
            return Err(ControlError::InUse {
                name: name.to_owned(),
                version,
            });
        }
        Ok(core.log.store.forget(&subscription).await?)
    }

    async fn order(
        &self,
        kind: SubscriptionKind,
        name: &str,
        what: What,
    ) -> Result<Released, ControlError> {
        let core = self.running()?;
        match core.projections.order(kind, name, what).await? {
            Some(answer) => Ok(answer?),
            None => Err(ControlError::NotFound {
                kind,
                name: name.to_owned(),
            }),
        }
    }

    fn running(&self) -> Result<&Core, ControlError> {
        match self.open() {
            Some(core) => Ok(core),
            None => Err(ControlError::ShuttingDown),
        }
    }
}

fn is_used(core: &Core, subscription: &Subscription) -> bool {
    let mut used = core.projections.all();
    used.any(|progress| progress.subscription() == subscription)
}
