//! The contract that every store keeps.

use cqrs_postgres::Postgres;
use temporary_postgres::Database;

/// A store in a database of its own.
async fn fresh() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    (store, database)
}

cqrs_testing::event_store_conformance!(fresh);
