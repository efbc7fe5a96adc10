//! What an operator does with projections into tables.

use super::{App, ControlError, is_used};
use crate::{
    projection::What,
    store::documents::{Subscription, SubscriptionKind},
};

/// For operators: projections into tables.
impl App {
    /// Drops the tables of a projection, and builds them again from the first event.
    ///
    /// Answers when it has begun. Until it is done readers find no tables, rather than half of the rows: to build them
    /// beside those that are read, raise the projection's version instead.
    ///
    /// # Errors
    ///
    /// See [`ControlError`].
    pub async fn rebuild_projection(&self, name: &str) -> Result<(), ControlError> {
        let kind = SubscriptionKind::Projection;
        self.order(kind, name, What::Rebuild).await.map(drop)
    }

    /// Drops the tables of a version of a projection that nobody reads any more, here or in another program.
    ///
    /// After a step back to an older program this is what makes readers step back, too: when they see the version that is
    /// forgotten, they see from then on the newest one left that is built; when there is none, they find no tables.
    ///
    /// # Errors
    ///
    /// [`ControlError::InUse`] when it is the version of this program, or when this program's is still being built, so
    /// that readers see an older one.
    pub async fn forget_projection_version(
        &self,
        name: &str,
        version: u32,
    ) -> Result<(), ControlError> {
        let core = self.running()?;
        let subscription = Subscription {
            kind: SubscriptionKind::Projection,
            name: name.to_owned().into(),
            version,
        };
        let mut used = is_used(core, &subscription);
        for progress in core.projections.all() {
            let own = progress.subscription();
            if own.kind == subscription.kind && own.name == subscription.name {
                let stored = core.log.store.checkpoint(own).await?;
                used |= !stored.is_some_and(|stored| stored.built);
            }
        }
        if used {
            return Err(ControlError::InUse {
                name: name.to_owned(),
                version,
            });
        }
        Ok(core.log.store.forget(&subscription).await?)
    }
}
