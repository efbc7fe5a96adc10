//! The races that every store has to stand.

#[path = "../../cqrs-testing/tests/support/races.rs"]
mod support;

use cqrs_sqlite::Sqlite;
use tempfile::TempDir;

/// A store in a directory that goes when the store has gone.
async fn fresh() -> (Sqlite, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    (store, directory)
}

support::races!(
    fresh,
    operations: 100_000,
    appends_of_a_writer: 10_000,
    wins: 500,
    repeated: 10_000,
    reused: 5_000,
    batches: 200,
    given_up: 2_000,
);
