//! The contract that every store keeps.

use cqrs_sqlite::Sqlite;
use tempfile::TempDir;

/// A store in a directory that goes when the store has gone.
async fn fresh() -> (Sqlite, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    (store, directory)
}

cqrs_testing::event_store_conformance!(fresh);
