//! [`FaultyStore`] as a store of views.

use std::any::Any;

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    StoreError,
    store::documents::{
        Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
        Subscription, ViewStore,
    },
};

use super::FaultyStore;

#[async_trait]
impl ViewStore for FaultyStore {
    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.faults.read().await?;
        self.inner.checkpoint(subscription).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.faults.read().await?;
        self.inner.subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        let lost = self.faults.commit().await?;
        self.inner.commit(commit).await?;
        lost.map_or(Ok(()), |error| Err(CommitError::Store(error)))
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        self.faults.read().await?;
        self.inner.documents(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.faults.read().await?;
        self.inner.list(view, selection).await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        self.faults.read().await?;
        self.inner.count(view, selection).await
    }

    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.faults.read().await?;
        self.inner.parked(subscription, key).await
    }

    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.faults.read().await?;
        self.inner.forget(subscription).await
    }

    fn tables(&self) -> Option<&dyn Any> {
        self.inner.tables()
    }
}
