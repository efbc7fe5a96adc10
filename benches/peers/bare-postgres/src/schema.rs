//! The tables of an event store.

use cqrs_bench_harness::{Failure, Request};
use tokio_postgres::{Client, NoTls};

/// Indexed as the framework's stores are: by position, stream and revision, event id, name, and tag.
const SCHEMA: &str = "
    CREATE SEQUENCE positions;
    CREATE TABLE events (
        position bigint PRIMARY KEY, stream text NOT NULL, revision bigint NOT NULL,
        event_id uuid NOT NULL UNIQUE, name smallint NOT NULL, version int NOT NULL,
        recorded_at timestamptz NOT NULL, command_id uuid, correlation_id uuid, causation_id uuid,
        actor text, tenant text, payload bytea NOT NULL, UNIQUE (stream, revision));
    CREATE INDEX events_name ON events (name, position);
    CREATE TABLE tags (tag text NOT NULL, position bigint NOT NULL, PRIMARY KEY (tag, position));
    CREATE TABLE snapshots (
        stream text PRIMARY KEY, revision bigint NOT NULL, state bytea NOT NULL);
    CREATE TABLE documents (
        view int NOT NULL, key text NOT NULL, content bytea NOT NULL, PRIMARY KEY (view, key));
    CREATE TABLE checkpoints (view int PRIMARY KEY, position bigint NOT NULL);
    CREATE TABLE users (id text PRIMARY KEY, renamed bigint NOT NULL, name text NOT NULL);";

/// What is read of an event.
pub(crate) const COLUMNS: &str = "position, stream, revision, event_id, name, version, recorded_at, \
     command_id, correlation_id, causation_id, actor, tenant, payload";

/// A plan that was made while a table was empty is not to read it from end to end when it is full, nor to be made again at
/// each call.
const PLANS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; \
     SET plan_cache_mode = force_generic_plan";

/// A connection.
pub(crate) async fn connect(request: &Request) -> Result<Client, Failure> {
    let url = request.postgres.as_deref().ok_or("no database was given")?;
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(PLANS).await?;
    Ok(client)
}

/// A connection to a database in which the tables are made.
pub(crate) async fn create(request: &Request) -> Result<Client, Failure> {
    let client = connect(request).await?;
    client.batch_execute(SCHEMA).await?;
    Ok(client)
}
