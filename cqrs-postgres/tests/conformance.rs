//! The contract that every store keeps.

use cqrs_core::HandlerError;
use cqrs_postgres::{
    Postgres, PostgresTables,
    tokio_postgres::{self, Client, NoTls},
};
use cqrs_testing::conformance::tables::TablesUnderTest;
use temporary_postgres::Database;

/// A store in a database of its own.
async fn fresh() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    (store, database)
}

cqrs_testing::event_store_conformance!(fresh);

struct Notes {
    store: Postgres,
    reader: Client,
    _database: Database,
}

impl TablesUnderTest for Notes {
    type Store = Postgres;

    async fn fresh() -> Self {
        let (store, database) = fresh().await;
        let connected = tokio_postgres::connect(database.url(), NoTls).await;
        let (reader, connection) = connected.expect("a connection");
        tokio::spawn(connection);
        Self {
            store,
            reader,
            _database: database,
        }
    }

    fn store(&self) -> &Postgres {
        &self.store
    }

    async fn create(tables: &mut PostgresTables, number: u32) -> Result<(), HandlerError> {
        let notes = tables.name("notes")?;
        tables
            .execute_batch(&format!(
                "CREATE TABLE {notes} (number bigint); INSERT INTO {notes} VALUES ({number})"
            ))
            .await?;
        Ok(())
    }

    async fn seen(&self) -> Option<u32> {
        let sql = "SELECT number FROM diary.notes";
        let row = self.reader.query_one(sql, &[]).await.ok()?;
        u32::try_from(row.get::<_, i64>(0)).ok()
    }
}

cqrs_testing::table_store_conformance!(Notes);
