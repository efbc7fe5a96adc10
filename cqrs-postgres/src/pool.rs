//! Connections for reads and pages: bounded, kept, and thrown away when they break.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use tokio_postgres::Row;

use crate::{
    connection::{Connection, Param},
    error::{DbError, closed},
    shared::Shared,
};

/// The connections of one handle.
#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

/// How often something that changes nothing is asked again on a new connection.
const ATTEMPTS: usize = 3;

impl Pool {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            permits: Semaphore::new(shared.options.connections.max(1)),
            shared,
            idle: Mutex::default(),
        }
    }

    /// Asks something that changes nothing. A connection that turns out to be broken is replaced.
    pub(crate) async fn read(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let mut attempts = 1;
        loop {
            match self.once(sql, params).await {
                Err(error) if error.is_broken() && attempts < ATTEMPTS => {
                    // The others are likely to have broken with it.
                    self.clear();
                    attempts += 1;
                }
                answer => return answer.map_err(StoreError::from),
            }
        }
    }

    /// Does something once: when the connection breaks meanwhile, nobody knows whether it was done.
    pub(crate) async fn once(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        // A future that is dropped while it waits for an answer gives its connection back here: the driver reads the
        // answer away, and each call is a transaction of its own.
        let connection = self.get().await?;
        connection.query(sql, params).await
    }

    pub(crate) async fn get(&self) -> Result<Lease<'_>, DbError> {
        self.shared.check()?;
        let limit = self.shared.options.statement_timeout;
        let permit = timeout(limit, self.permits.acquire())
            .await
            .map_err(|_elapsed| {
                StoreError::new(
                    StoreErrorKind::Unavailable,
                    format!(
                        "all {} connections to PostgreSQL are busy: allow more `connections`",
                        self.shared.options.connections.max(1)
                    ),
                )
            })?
            .map_err(|_closed| closed())?;
        let connection = match self.idle() {
            Some(connection) => connection,
            None => self.shared.connect(None).await?,
        };
        Ok(Lease {
            pool: self,
            connection: Some(connection),
            _permit: permit,
        })
    }

    /// Lets go of every connection, and makes none any more.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.clear();
    }

    fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn idle(&self) -> Option<Connection> {
        let mut idle = self.lock();
        loop {
            let connection = idle.pop()?;
            if !connection.is_closed() {
                return Some(connection);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
    _permit: SemaphorePermit<'p>,
}

impl Deref for Lease<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("it is taken only when it is dropped")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take();
        let usable = connection.filter(|connection| !connection.is_closed());
        if let Some(connection) = usable.filter(|_| !self.pool.permits.is_closed()) {
            self.pool.lock().push(connection);
        }
    }
}
