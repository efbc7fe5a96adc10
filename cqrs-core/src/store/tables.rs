//! Tables of a program's own in a store: rows and the place in the log in one transaction.

use std::{any::Any, fmt};

use async_trait::async_trait;
use futures::future::BoxFuture;
use thiserror::Error;

use super::{
    Store,
    documents::{PageCommit, Subscription},
    error::StoreError,
};
use crate::HandlerError;

/// A store in which projections can keep tables of their own.
///
/// # Contract
///
/// - Each version of a projection, a [`Subscription`], has tables that are called by constant names, which no other
///   version shares. Readers find those of one version under names that stay.
/// - A [`TablesCommit`] is one transaction: what the work does to the tables, the checkpoint and the names that readers
///   know change together, or nothing does. It is owned by the store from the call on.
/// - It is compared and set by the checkpoint, as a [`PageCommit`] is, before the work is begun.
/// - The work can reach nothing but the tables of its version.
/// - Readers go on to newer versions by themselves, and never back: a node of an older program may take over while newer
///   ones run.
/// - [Forgetting](super::documents::ViewStore::forget) a version drops its tables. When they are those that readers see,
///   readers see from then on, in the same transaction, those of the newest version left that is built.
/// - [`ViewStore::tables`](super::documents::ViewStore::tables) answers the store.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store with tables",
    label = "projections cannot keep tables in it",
    note = "name one that has tables: `cqrs::sqlite::Sqlite`"
)]
pub trait TableStore: Store + Clone {
    /// The tables of one version of a projection, inside of a transaction.
    type Tables: Send;

    /// Does the work and commits it together with the page.
    async fn commit_tables(&self, commit: TablesCommit<Self>) -> Result<(), TablesError>;

    /// Whether readers see the tables of this version, or of a newer one.
    async fn is_published(&self, version: &Subscription) -> Result<bool, StoreError>;
}

/// What one page of events does to the tables of a projection.
pub struct TablesCommit<S: TableStore> {
    /// Whose page it is, and the checkpoint. With `reset` the tables are dropped first, and readers see none of them.
    pub page: PageCommit,
    /// Whether readers are to see this version from now on, in place of any older one. When they see a newer one already,
    /// they go on to.
    pub publish: bool,
    /// What is done to the tables.
    pub work: Box<dyn TableWork<S>>,
}

impl<S: TableStore> fmt::Debug for TablesCommit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TablesCommit")
            .field("page", &self.page)
            .field("publish", &self.publish)
            .finish_non_exhaustive()
    }
}

/// What is done to the tables of one version of a projection, inside of a transaction.
pub trait TableWork<S: TableStore>: Send + 'static {
    /// Does it. An error takes the transaction back.
    fn perform<'a>(
        &'a mut self,
        tables: &'a mut S::Tables,
    ) -> BoxFuture<'a, Result<(), HandlerError>>;
}

/// Why the tables of a projection were not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TablesError {
    /// Somebody else has moved the checkpoint: this runner is late and must stop.
    #[error("the checkpoint of {subscription} was moved by somebody else")]
    Moved {
        /// Whose.
        subscription: Subscription,
    },
    /// The work failed, or what it has made cannot be shown to readers: nothing was changed.
    #[error("{0}")]
    Work(HandlerError),
    /// The store failed; whether the commit happened shows in the checkpoint.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store of this type, if it is the one behind this handle.
pub(crate) fn find<S: TableStore>(store: &dyn Store) -> Option<S> {
    let tables: &dyn Any = store.tables()?;
    tables.downcast_ref::<S>().cloned()
}
