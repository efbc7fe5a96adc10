//! `postgres-es`.

use std::sync::Arc;

use cqrs_bench_harness::{Failure, Request};
use cqrs_es::persist::{GenericQuery, PersistedEventStore};
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use sqlx::{Pool, Postgres, postgres::PgPoolOptions};

use crate::{
    Queries,
    model::{User, UserView},
};

/// The tables of its migrations.
const SCHEMA: &str = "
    CREATE TABLE events (
        aggregate_type text NOT NULL, aggregate_id text NOT NULL,
        sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL,
        event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence));
    CREATE TABLE snapshots (
        aggregate_type text NOT NULL, aggregate_id text NOT NULL,
        last_sequence bigint CHECK (last_sequence >= 0) NOT NULL,
        current_snapshot bigint CHECK (current_snapshot >= 0) NOT NULL, payload json NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, last_sequence));
    CREATE TABLE users (
        view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL,
        payload json NOT NULL, PRIMARY KEY (view_id));";

/// Without the ping on each acquire, which costs a round trip.
pub(crate) async fn pool(request: &Request) -> Result<Pool<Postgres>, Failure> {
    let url = request.postgres.as_deref().ok_or("no database was given")?;
    let pool = PgPoolOptions::new()
        .max_connections(32)
        .test_before_acquire(false);
    let pool = pool.connect(url).await?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    Ok(pool)
}

pub(crate) fn views(pool: &Pool<Postgres>, count: usize) -> Queries {
    let view = |_| {
        let repository: PostgresViewRepository<UserView, User> =
            PostgresViewRepository::new("users", pool.clone());
        Box::new(GenericQuery::new(Arc::new(repository))) as Box<_>
    };
    (0..count).map(view).collect()
}

pub(crate) fn store(pool: Pool<Postgres>) -> PersistedEventStore<PostgresEventRepository, User> {
    PersistedEventStore::new_event_store(PostgresEventRepository::new(pool))
}
