//! [`Memory`] as a store of views.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Memory, views::View};
use crate::{
    StoreError,
    store::documents::{
        Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
        Subscription, ViewStore,
    },
};

impl Memory {
    /// What `read` finds in a subscription; for one that never committed, what is in nothing.
    fn view<T: Default>(
        &self,
        subscription: &Subscription,
        read: impl FnOnce(&View) -> T,
    ) -> Result<T, StoreError> {
        self.check_open()?;
        let views = self.shared.views();
        Ok(views.get(subscription).map(read).unwrap_or_default())
    }

    /// As [`view`](Self::view), with how the view is: under one lock.
    fn reading<T: Default>(
        &self,
        subscription: &Subscription,
        read: impl FnOnce(&View) -> T,
    ) -> Result<Reading<T>, StoreError> {
        self.view(subscription, |view| {
            let stands = view.checkpoint().unwrap_or_default();
            Reading {
                built: stands.built,
                position: stands.position,
                found: read(view),
            }
        })
    }
}

#[async_trait]
impl ViewStore for Memory {
    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.view(subscription, View::checkpoint)
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.check_open()?;
        Ok(self.shared.views().checkpoints().collect())
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        self.check_open()?;
        let mut views = self.shared.views_mut();
        let (subscription, epoch) = (&commit.subscription, commit.checkpoint.epoch);
        if !self.shared.leases.admits(subscription, epoch) {
            return Err(CommitError::Moved {
                subscription: commit.subscription,
            });
        }
        views.commit(commit)
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        let find = |view: &View| keys.iter().map(|key| view.document(key)).collect();
        let mut reading: Reading<Vec<_>> = self.reading(view, find)?;
        // A view that never committed has none of them.
        reading.found.resize(keys.len(), None);
        Ok(reading)
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.reading(view, |view| view.list(selection))
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        self.reading(view, |view| view.count(selection))
    }

    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.view(subscription, |view| view.parked(key))
    }

    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.check_open()?;
        self.shared.views_mut().forget(subscription);
        self.shared.leases.forget(subscription);
        Ok(())
    }
}
