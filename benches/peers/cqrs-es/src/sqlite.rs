//! `sqlite-es`.

use std::sync::Arc;

use cqrs_bench_harness::{Failure, Request};
use cqrs_es::persist::{GenericQuery, PersistedEventStore};
use sqlite_es::{SqliteEventRepository, SqliteViewRepository};
use sqlx::{
    Pool, Sqlite,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Queries,
    model::{User, UserView},
};

/// The tables of its migrations.
const SCHEMA: &str = "
    CREATE TABLE events (
        aggregate_type text NOT NULL, aggregate_id text NOT NULL,
        sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL,
        event_version text NOT NULL, payload text NOT NULL, metadata text NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT;
    CREATE TABLE snapshots (
        aggregate_type text NOT NULL, aggregate_id text NOT NULL,
        last_sequence integer CHECK (last_sequence >= 0) NOT NULL,
        current_snapshot integer CHECK (current_snapshot >= 0) NOT NULL, payload text NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, last_sequence)) STRICT;
    CREATE TABLE users (
        view_id text NOT NULL, version integer CHECK (version >= 0) NOT NULL,
        payload text NOT NULL, PRIMARY KEY (view_id)) STRICT;";

/// One connection, since SQLite has one writer, and several would only poll its lock.
pub(crate) async fn pool(request: &Request) -> Result<Pool<Sqlite>, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(request.directory.join("events.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false);
    let pool = pool.connect_with(options).await?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    Ok(pool)
}

pub(crate) fn views(pool: &Pool<Sqlite>, count: usize) -> Queries {
    let view = |_| {
        let repository: SqliteViewRepository<UserView, User> =
            SqliteViewRepository::new("users", pool.clone());
        Box::new(GenericQuery::new(Arc::new(repository))) as Box<_>
    };
    (0..count).map(view).collect()
}

pub(crate) fn store(pool: Pool<Sqlite>) -> PersistedEventStore<SqliteEventRepository, User> {
    PersistedEventStore::new_event_store(SqliteEventRepository::new(pool))
}
