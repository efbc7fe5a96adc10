//! The contract that every store keeps.

use cqrs_core::HandlerError;
use cqrs_sqlite::{Sqlite, SqliteTables};
use cqrs_testing::conformance::tables::TablesUnderTest;
use tempfile::TempDir;

/// A store in a directory that goes when the store has gone.
async fn fresh() -> (Sqlite, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    (store, directory)
}

cqrs_testing::event_store_conformance!(fresh);

struct Notes(
    Sqlite,
    #[expect(dead_code, reason = "it ends with it")] TempDir,
);

impl TablesUnderTest for Notes {
    type Store = Sqlite;

    async fn fresh() -> Self {
        let (store, directory) = fresh().await;
        Self(store, directory)
    }

    fn store(&self) -> &Sqlite {
        &self.0
    }

    async fn create(tables: &mut SqliteTables, number: u32) -> Result<(), HandlerError> {
        let notes = tables.name("notes")?;
        tables.execute_batch(&format!(
            "CREATE TABLE {notes} (number INTEGER); INSERT INTO {notes} VALUES ({number})"
        ))?;
        Ok(())
    }

    async fn seen(&self) -> Option<u32> {
        let sql = "SELECT number FROM diary_notes";
        let number = self
            .0
            .query(|file| file.query_row(sql, [], |row| row.get(0)));
        number.await.ok()
    }
}

cqrs_testing::table_store_conformance!(Notes);
