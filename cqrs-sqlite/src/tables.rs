//! Tables of a program's own, as a projection is handed them.

mod guard;
mod poll;
pub(crate) mod version;

use std::sync::Arc;

use cqrs_core::{
    StoreError,
    store::{
        documents::Subscription,
        tables::{TableStore, TablesCommit, TablesError},
    },
};
use rusqlite::{Connection, Params, Result, Row, ffi};
use tokio::sync::oneshot;

pub(crate) use self::poll::once;
use self::version::{Version, quoted};
use crate::{
    Sqlite,
    error::{closed, store_error, trouble},
    writer::TablesTask,
};

/// The tables of a projection, inside of the transaction in which its place in the log is committed.
///
/// ```
/// use cqrs_core::HandlerError;
/// use cqrs_sqlite::SqliteTables;
///
/// fn count(day: &str, tables: &mut SqliteTables) -> Result<(), HandlerError> {
///     let days = tables.name("days")?;
///     tables.execute(
///         &format!(
///             "INSERT INTO {days} (day, orders) VALUES (?1, 1)
///              ON CONFLICT (day) DO UPDATE SET orders = orders + 1"
///         ),
///         [day],
///     )?;
///     Ok(())
/// }
/// # let _ = count;
/// ```
///
/// Only the tables of the projection's own version can be written, and those of the store cannot be read: a statement
/// that tries is refused. Statements run on the thread that writes the file, so everybody else's writes wait for them.
#[derive(Debug)]
pub struct SqliteTables {
    connection: Connection,
    version: Version,
    /// What the file itself failed with first, whatever was made of the error.
    failure: Option<StoreError>,
}

impl SqliteTables {
    /// From here on only the tables of this version can be written by the connection.
    pub(crate) fn open(connection: Connection, version: Version) -> Result<Self> {
        guard::begin(&connection, &version)?;
        Ok(Self {
            connection,
            version,
            failure: None,
        })
    }

    /// What a table of this version is called, in quotes, to be put into SQL. Readers call it by the projection's name
    /// and the table's, `sales_orders`. Indexes and triggers are named by it too.
    ///
    /// # Errors
    ///
    /// When the name is not made of lowercase letters, digits and `_`, or would be taken for a version's: `v2_orders`.
    pub fn name(&self, table: &str) -> std::result::Result<String, InvalidTable> {
        if version::is_table(table) {
            Ok(quoted(&self.version.table(table)))
        } else {
            Err(InvalidTable(table.to_owned()))
        }
    }

    /// Runs one statement, and answers how many rows it has changed.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize> {
        self.run(|connection| connection.prepare_cached(sql)?.execute(params))
    }

    /// Runs statements that have no parameters, one after another.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn execute_batch(&mut self, sql: &str) -> Result<()> {
        self.run(|connection| connection.execute_batch(sql))
    }

    /// The first row of an answer; `None` when there is none.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn query_row<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.run(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(read).transpose()
        })
    }

    /// All rows of an answer.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn query<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.run(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params, read)?.collect()
        })
    }

    fn run<T>(&mut self, statement: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        // Some failures take the transaction back: what came after would be committed without it.
        if self.connection.is_autocommit() {
            return Err(refused(
                ffi::SQLITE_ABORT,
                "the transaction was taken back by an error before",
            ));
        }
        statement(&self.connection).map_err(|error| {
            if self.failure.is_none() {
                self.failure = trouble(&error);
            }
            guard::explained(error)
        })
    }

    /// The connection, and what the file itself has failed with, if it has.
    pub(crate) fn close(self) -> Result<(Connection, Option<StoreError>)> {
        guard::end(&self.connection)?;
        Ok((self.connection, self.failure))
    }
}

/// A name that no table of a projection can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be the name of a projection's table: write lowercase letters, digits and `_`, beginning with a letter and not with a version as in `v2_orders`"
)]
pub struct InvalidTable(String);

fn refused(code: i32, message: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(message.to_owned()))
}

#[async_trait::async_trait]
impl TableStore for Sqlite {
    type Tables = SqliteTables;

    async fn commit_tables(&self, commit: TablesCommit<Self>) -> Result<(), TablesError> {
        let (reply, answer) = oneshot::channel();
        let leases = Arc::clone(&self.inner.leases);
        self.push(TablesTask::new(commit, leases, reply));
        answer.await.unwrap_or_else(|_gone| Err(closed().into()))
    }

    async fn is_published(&self, version: &Subscription) -> Result<bool, StoreError> {
        let version = Version::of(version);
        self.inner
            .readers
            .read(move |connection, _| version.is_published(connection).map_err(store_error))
            .await
    }
}

impl Sqlite {
    /// Reads the file by plain SQL, from one snapshot, on one of the connections that read.
    ///
    /// This is how a handler of queries reads what projections have made: it has a `Sqlite` injected, which `provide` was
    /// given a clone of.
    ///
    /// ```
    /// use cqrs_sqlite::Sqlite;
    ///
    /// # async fn example(sqlite: &Sqlite) -> Result<(), cqrs_core::StoreError> {
    /// let orders: i64 = sqlite
    ///     .query(|file| file.query_row("SELECT count(*) FROM sales_orders", [], |row| row.get(0)))
    ///     .await?;
    /// # let _ = orders;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What SQLite says is the error's source.
    pub async fn query<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        self.inner
            .readers
            .read(move |connection, _| read(connection).map_err(store_error))
            .await
    }
}
