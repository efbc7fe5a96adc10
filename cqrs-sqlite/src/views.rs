//! [`Sqlite`] as a store of views.

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    StoreError,
    store::documents::{
        Checkpoint, CommitError, Document, PageCommit, ParkedEvent, Reading, Selection,
        Subscription, SubscriptionKind, ViewStore,
    },
};
use rusqlite::Connection;

use crate::{
    Sqlite, error::store_error, reader::documents, tables::version::Version, writer::pages,
};

#[async_trait]
impl ViewStore for Sqlite {
    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let subscription = subscription.clone();
        self.view(move |connection| documents::checkpoint(connection, &subscription))
            .await
    }

    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        self.view(documents::subscriptions).await
    }

    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError> {
        let leases = Arc::clone(&self.inner.leases);
        self.write(move |session| {
            let (subscription, epoch) = (&commit.subscription, commit.checkpoint.epoch);
            let committed = leases.admits(subscription, epoch)
                && pages::commit(session.connection, &commit).map_err(store_error)?;
            Ok(if committed {
                Ok(())
            } else {
                Err(CommitError::Moved {
                    subscription: commit.subscription.clone(),
                })
            })
        })
        .await
    }

    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        let (view, keys) = (view.clone(), keys.to_vec());
        self.view(move |connection| documents::get(connection, &view, &keys))
            .await
    }

    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        let (view, selection) = (view.clone(), selection.clone());
        self.view(move |connection| documents::list(connection, &view, &selection))
            .await
    }

    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        let (view, selection) = (view.clone(), selection.clone());
        self.view(move |connection| documents::count(connection, &view, &selection))
            .await
    }

    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        let (subscription, key) = (subscription.clone(), key.cloned());
        self.view(move |connection| documents::parked(connection, &subscription, key.as_ref()))
            .await
    }

    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError> {
        let subscription = subscription.clone();
        let leases = Arc::clone(&self.inner.leases);
        self.write(move |session| {
            leases.forget(&subscription);
            if subscription.kind == SubscriptionKind::Projection {
                let version = Version::of(&subscription);
                version.drop_all(session.connection).map_err(store_error)?;
            }
            pages::forget(session.connection, &subscription)
                .map(Ok)
                .map_err(store_error)
        })
        .await
    }

    fn tables(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Sqlite {
    async fn view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner
            .readers
            .read(move |connection, _| read(connection).map_err(store_error))
            .await
    }
}
