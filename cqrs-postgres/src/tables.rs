//! Tables of a program's own, as a projection is handed them.

mod transaction;
mod version;

pub(crate) use self::transaction::forget;

use async_trait::async_trait;
use cqrs_core::{
    StoreError,
    store::{
        documents::Subscription,
        tables::{TableStore, TablesCommit, TablesError},
    },
};
use tokio_postgres::{Row, types::ToSql};

use self::version::Version;
use crate::{Postgres, connection::Connection, error::DbError};

/// The tables of one version of a projection, inside of the transaction in which its checkpoint is moved.
///
/// A version's tables are in a schema of their own: those of version 2 of the projection `sales` in `sales_v2`, or
/// `shop_sales_v2` when the store's schema is `shop` and not `cqrs`. Readers find those of the version that has caught
/// up as views in the schema `sales`. The program's role needs the right to create schemas in the database.
///
/// A statement that fails takes the whole page back, whatever is made of its error.
#[derive(Debug)]
pub struct PostgresTables {
    connection: Connection,
    version: Version,
    /// What failed first.
    failure: Option<DbError>,
}

impl PostgresTables {
    pub(crate) const fn new(connection: Connection, version: Version) -> Self {
        Self {
            connection,
            version,
            failure: None,
        }
    }

    /// What a table of this version is called, with its schema, in quotes, to be put into SQL. Indexes are made on it and
    /// need no name of their own: `CREATE INDEX ON ..`.
    ///
    /// # Errors
    ///
    /// When the name is not made of lowercase letters, digits and `_`, beginning with a letter.
    pub fn name(&self, table: &str) -> Result<String, InvalidTable> {
        if version::is_table(table) {
            Ok(self.version.table(table))
        } else {
            Err(InvalidTable(table.to_owned()))
        }
    }

    /// Runs one statement, and answers how many rows it has changed. Its parameters are `$1`, `$2` ..
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub async fn execute(
        &mut self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let answer = self.connection.change(sql, params).await;
        answer.map_err(|error| self.failed(error))
    }

    /// Runs statements that have no parameters, one after another.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub async fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.execute(sql).await;
        done.map_err(|error| self.failed(error))
    }

    /// All rows of an answer.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub async fn query(
        &mut self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let answer = self.connection.run(sql, params).await;
        answer.map_err(|error| self.failed(error))
    }

    /// The first row of an answer; `None` when there is none.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub async fn query_first(
        &mut self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    fn failed(&mut self, error: DbError) -> StoreError {
        let error = self.failure.get_or_insert(error);
        StoreError::from(error.clone())
    }

    /// The connection, and what failed first, if something did.
    pub(crate) fn close(self) -> (Connection, Option<DbError>) {
        (self.connection, self.failure)
    }
}

/// A name that no table of a projection can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be the name of a projection's table: write lowercase letters, digits and `_`, beginning with a letter"
)]
pub struct InvalidTable(String);

#[async_trait]
impl TableStore for Postgres {
    type Tables = PostgresTables;

    async fn commit_tables(&self, commit: TablesCommit<Self>) -> Result<(), TablesError> {
        let store = self.clone();
        // In a task of its own, so that a future that is dropped leaves no transaction open.
        let done = tokio::spawn(async move { transaction::run(&store, commit).await });
        done.await.unwrap_or_else(|error| {
            let kind = cqrs_core::store::error::StoreErrorKind::Other;
            let message = "a task of the store ended before it answered";
            Err(StoreError::new(kind, message).because(error).into())
        })
    }

    async fn is_published(&self, version: &Subscription) -> Result<bool, StoreError> {
        let version = Version::of(&self.inner.shared.names, version);
        let connection = self.inner.pool.get().await.map_err(StoreError::from)?;
        let published = version.is_published(&connection).await;
        published.map_err(StoreError::from)
    }
}
