//! The handle.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use cqrs_core::StoreError;
use tokio::{sync::watch, task::AbortHandle};
use tokio_postgres::Row;

use crate::{
    ConnectError, Options,
    committer::Committer,
    connection::{Connection, Param},
    error::DbError,
    names::Names,
    pool::Pool,
    queue::Queue,
    schema,
    shared::Shared,
    wake,
};

/// The store for many nodes: one schema of a PostgreSQL database.
///
/// A clone is another handle on the same connections. They are let go of when the last handle is dropped, or any of them
/// is [closed](cqrs_core::EventStore::close); what was submitted before is finished first.
#[derive(Clone)]
pub struct Postgres {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) pool: Pool,
    /// The connections of projections that are between two pages: one for each that runs here.
    pub(crate) tables: Mutex<Vec<Connection>>,
    vacated: watch::Receiver<bool>,
    waker: AbortHandle,
}

impl Postgres {
    /// Connects to the store in this database, without encryption, and makes its tables if they are not there.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, ConnectError> {
        Self::options().connect(url).await
    }

    /// How to connect otherwise than by default.
    pub fn options() -> Options {
        Options::default()
    }

    /// Makes the tables, or brings those of an older version up to date, and connects to nothing.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub async fn migrate(url: impl AsRef<str>) -> Result<(), ConnectError> {
        Self::options().migrate_now(url).await
    }

    /// As [`Options::migration_sql`], for the schema `cqrs`.
    #[must_use]
    pub fn migration_sql() -> String {
        schema::migration_sql(&Names::usual())
    }

    /// As [`Options::grants_sql`], for the schema `cqrs`.
    #[must_use]
    pub fn grants_sql(role: &str) -> String {
        schema::grants_sql(&Names::usual(), role)
    }

    /// Starts the tasks of a store that was looked at.
    pub(crate) fn start(shared: Arc<Shared>) -> Self {
        let limits = shared.options.limits;
        let queue = Arc::new(Queue::new(limits.queued, shared.options.queued_bytes));
        let (vacated, is_vacated) = watch::channel(false);
        let committer = Committer::new(Arc::clone(&shared), Arc::clone(&queue), vacated);
        drop(tokio::spawn(committer.run()));
        let waker = tokio::spawn(wake::run(Arc::clone(&shared))).abort_handle();
        Self {
            inner: Arc::new(Inner {
                pool: Pool::new(Arc::clone(&shared)),
                tables: Mutex::default(),
                shared,
                queue,
                vacated: is_vacated,
                waker,
            }),
        }
    }

    /// Asks something that changes nothing.
    pub(crate) async fn ask(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.inner.pool.read(sql, params).await
    }

    /// Does something, in a task of its own: it is done even when nobody waits any more.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T, DbError>> + Send + 'static,
    ) -> Result<T, DbError> {
        match tokio::spawn(task).await {
            Ok(result) => result,
            // The task was dropped with its runtime, or panicked.
            Err(error) => Err(StoreError::new(
                cqrs_core::store::error::StoreErrorKind::Other,
                "a task of the store ended before it answered",
            )
            .because(error)
            .into()),
        }
    }

    /// Takes nothing more, and waits until what was submitted is done.
    pub(crate) async fn vacate(&self) -> Result<(), StoreError> {
        self.inner.queue.close();
        let mut vacated = self.inner.vacated.clone();
        // A sender that is gone has nothing left to do either.
        let _gone = vacated.wait_for(|vacated| *vacated).await;
        self.inner.stop();
        Ok(())
    }
}

impl Inner {
    fn stop(&self) {
        self.queue.close();
        self.shared.close();
        self.pool.close();
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.clear();
        drop(tables);
        self.waker.abort();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("schema", &self.inner.shared.names.schema)
            .field("head", &*self.inner.shared.head.borrow())
            .finish_non_exhaustive()
    }
}
