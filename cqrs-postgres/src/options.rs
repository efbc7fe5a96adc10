//! How a store is connected to.

use std::{fmt, sync::Arc, time::Duration};

use cqrs_core::{
    clock::{Ids, RandomIds},
    store::Limits,
};
use tokio_postgres::{
    NoTls, Socket,
    tls::{MakeTlsConnect, TlsConnect},
};

use crate::{
    ConnectError, Postgres,
    connection::{Dial, dial},
    names::{Names, USUAL},
    schema,
};

/// How a store is connected to; made by [`Postgres::options`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use cqrs_postgres::Postgres;
///
/// # async fn connect() -> Result<(), cqrs_postgres::ConnectError> {
/// let store = Postgres::options()
///     .schema("accounts")
///     .connections(16)
///     .patience(Duration::from_secs(30))
///     .connect("postgres://app@localhost/shop")
///     .await?;
/// # drop(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "options do nothing until `connect` is called"]
pub struct Options {
    pub(crate) schema: String,
    pub(crate) limits: Limits,
    pub(crate) queued_bytes: usize,
    pub(crate) connections: usize,
    pub(crate) patience: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) poll_every: Duration,
    pub(crate) migrate: bool,
    pub(crate) pooler: bool,
    pub(crate) listen: bool,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) dial: Dial,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schema: USUAL.to_owned(),
            limits: Limits::default(),
            queued_bytes: 64 << 20,
            connections: 8,
            patience: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(10),
            poll_every: Duration::from_millis(500),
            migrate: true,
            pooler: false,
            listen: true,
            ids: Arc::new(RandomIds),
            dial: dial(NoTls),
        }
    }
}

impl Options {
    /// Connects to the store in this database, and makes or updates its tables, unless [`migrate`](Self::migrate) says
    /// otherwise.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub async fn connect(self, url: impl AsRef<str>) -> Result<Postgres, ConnectError> {
        crate::connect::connect(url.as_ref(), self).await
    }

    /// Makes the tables, or brings those of an older version up to date, and connects to nothing.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub async fn migrate_now(self, url: impl AsRef<str>) -> Result<(), ConnectError> {
        crate::connect::migrate(url.as_ref(), self).await
    }

    /// Says that the database was put back from a backup: positions may now mean other events than readers elsewhere
    /// have seen. Raises the restore epoch in the store's identity, so that every token from before is refused, and
    /// programs that are still running end with
    /// [`HistoryChanged`](cqrs_core::store::error::StoreErrorKind::HistoryChanged).
    ///
    /// To be called once, by the owner of the schema.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub async fn mark_restored(self, url: impl AsRef<str>) -> Result<(), ConnectError> {
        crate::connect::mark_restored(url.as_ref(), self).await
    }

    /// The SQL that makes the tables or brings them up to date, for those who do not let programs do it: run it with
    /// `psql` as the owner. Running it again does nothing.
    ///
    /// # Errors
    ///
    /// [`ConnectError::SchemaName`].
    pub fn migration_sql(&self) -> Result<String, ConnectError> {
        Ok(schema::migration_sql(&Names::new(&self.schema)?))
    }

    /// The SQL that gives a role the rights that a program needs: to read the tables, and to call the functions that
    /// write them. To be run by the owner, and again after each migration.
    ///
    /// # Errors
    ///
    /// [`ConnectError::SchemaName`].
    pub fn grants_sql(&self, role: &str) -> Result<String, ConnectError> {
        Ok(schema::grants_sql(&Names::new(&self.schema)?, role))
    }

    /// The schema that holds the store; documents are in a second one, with `_views` behind its name. A tenant that
    /// needs isolation gets a schema, and so an order, of its own. Default: `cqrs`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// The sizes that an append may have, and how many may wait. Default: see [`Limits`].
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The bytes of all appends that may wait together. Default: 64 MiB.
    pub const fn queued_bytes(mut self, bytes: usize) -> Self {
        self.queued_bytes = bytes;
        self
    }

    /// How many connections read and commit pages, at most; at least one. Two more write and listen. Default: 8.
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long an append may wait for a server that is away, from when it was submitted. Default: 15 s.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long making a connection may take. Default: 5 s.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long a statement may take; zero for no limit. Default: 30 s. Migrations have no limit.
    pub const fn statement_timeout(mut self, limit: Duration) -> Self {
        self.statement_timeout = limit;
        self
    }

    /// How long a statement may wait for a lock; zero for no limit. Default: 10 s. Migrations have no limit.
    pub const fn lock_timeout(mut self, limit: Duration) -> Self {
        self.lock_timeout = limit;
        self
    }

    /// How often the head is looked at, in case no notification tells of it. Default: 500 ms.
    pub const fn poll_every(mut self, pause: Duration) -> Self {
        self.poll_every = pause;
        self
    }

    /// Whether connecting makes and updates the tables. Default: yes.
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Says that the URL is that of a pooler such as `PgBouncer` in transaction mode: nothing is then kept in a session,
    /// no statements are prepared, and news come by polling alone. Timeouts and `jit` are to be set for the role.
    /// Default: no.
    pub const fn pooler(mut self, pooler: bool) -> Self {
        self.pooler = pooler;
        self
    }

    /// What encrypts connections. With `sslmode=require` in the URL one is encrypted or refused; without, it is encrypted
    /// where the server can, and not where somebody says that it cannot. Default: nothing.
    ///
    /// Any implementation of the driver's [`MakeTlsConnect`] will do, such as those of `tokio-postgres-rustls` and
    /// `postgres-native-tls`, so that this crate depends on none.
    pub fn tls<T>(mut self, connector: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.dial = dial(connector);
        self
    }

    /// Whether notifications are listened to. Without, news come by polling alone. Default: yes.
    pub const fn listen(mut self, listen: bool) -> Self {
        self.listen = listen;
        self
    }

    /// Where the ids come from that the store itself draws. Default: [`RandomIds`].
    pub fn ids(mut self, ids: Arc<dyn Ids>) -> Self {
        self.ids = ids;
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("schema", &self.schema)
            .field("limits", &self.limits)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
