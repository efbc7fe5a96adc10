//! The races that every store has to stand.

#[path = "../../cqrs-testing/tests/support/races.rs"]
mod support;

use cqrs_postgres::Postgres;
use temporary_postgres::Database;

/// A store in a database of its own.
async fn fresh() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    (store, database)
}

support::races!(
    fresh,
    operations: 20_000,
    appends_of_a_writer: 1_000,
    wins: 500,
    repeated: 10_000,
    reused: 500,
    batches: 200,
    given_up: 500,
);
