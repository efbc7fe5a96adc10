//! [`Postgres`] as a store of views.

use std::any::Any;

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    StoreError,
    store::documents::{
        Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
        Subscription, SubscriptionKind, ViewStore,
    },
};

use crate::{Postgres, pages, reader::documents::Which, tables::version::Version};

#[async_trait]
impl ViewStore for Postgres {
    fn tables(&self) -> Option<&dyn Any> {
        Some(self)
    }

    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.stored_checkpoint(subscription).await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.all_subscriptions().await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        let store = self.clone();
        let subscription = commit.subscription.clone();
        let committed = self.apart(async move {
            let connection = store.inner.pool.get().await?;
            pages::commit(&connection, &store.inner.shared.sql, &commit).await
        });
        if committed.await.map_err(StoreError::from)? {
            Ok(())
        } else {
            Err(CommitError::Moved { subscription })
        }
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        self.documents_with(view, keys).await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        self.listed(view, selection).await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        self.counted(view, selection).await
    }

    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.all_parked(subscription, key).await
    }

    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError> {
        let (store, subscription) = (self.clone(), subscription.clone());
        let forgotten = self.apart(async move {
            if subscription.kind == SubscriptionKind::Projection {
                let version = Version::of(&store.inner.shared.names, &subscription);
                let connection = store.inner.pool.get().await?;
                connection.execute(&version.drop_sql()).await?;
            }
            let which = Which::of(&subscription);
            // Done twice it is the same as once.
            let sql = &store.inner.shared.sql.forget;
            store.ask(sql, &which.and(&[])).await?;
            Ok(())
        });
        Ok(forgotten.await?)
    }
}
