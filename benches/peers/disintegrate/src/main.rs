//! `disintegrate` on PostgreSQL.

mod model;

use std::{fmt, process::ExitCode};

use cqrs_bench_harness::{
    Answer, Database, Failure, Measured, Request, Rule, Workload, contestant, drive, time_loads,
    unsupported,
};
use disintegrate::{
    DecisionError, EventSourcedStateStore, LoadState, NoSnapshot, SnapshotConfig, serde::json::Json,
};
use disintegrate_postgres::{
    Error as StoreError, PgEventId, PgEventStore, PgSnapshotter, WithPgSnapshot, decision_maker,
};
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::model::{DomainEvent, Rename, TakeEmail, User};

fn main() -> ExitCode {
    let versions = [
        ("disintegrate", "4.0.0"),
        ("disintegrate-postgres", "4.0.1"),
    ];
    contestant(&versions, |_, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(request))
    })
}

type Store = PgEventStore<DomainEvent, Json<DomainEvent>>;

async fn run(request: &Request) -> Measured {
    match request.workload {
        Workload::Commands {
            database: Database::Postgres,
            tasks,
            streams,
            events: 0,
            rule,
            views: 0,
        } => {
            let maker = decision_maker(store(&pool(request).await?).await?, NoSnapshot);
            drive(tasks, streams, request.seconds, move |stream, number| {
                let maker = maker.clone();
                async move {
                    match rule {
                        Rule::Stream => answer(maker.make(Rename::one(stream, number)).await),
                        Rule::Tag => answer(maker.make(TakeEmail::new(stream, number)).await),
                    }
                }
            })
            .await
        }
        Workload::Load {
            database: Database::Postgres,
            events,
            snapshot,
        } => {
            let pool = pool(request).await?;
            let store = store(&pool).await?;
            if snapshot {
                let snapshots = PgSnapshotter::try_new(pool, 100).await?;
                load(store, WithPgSnapshot::new(snapshots), request, events, TAIL).await
            } else {
                load(store, NoSnapshot, request, events, 0).await
            }
        }
        _ => Err(unsupported("it is not measured at this")),
    }
}

/// So few that no snapshot is made of them.
const TAIL: usize = 50;

/// Loads two in turn, as a decision would; the first decision behind the events keeps a snapshot of all of them.
async fn load<S>(
    store: Store,
    snapshots: S,
    request: &Request,
    events: usize,
    tail: usize,
) -> Measured
where
    S: SnapshotConfig + Clone + Send + Sync + 'static,
    EventSourcedStateStore<PgEventId, DomainEvent, Store, S>:
        LoadState<PgEventId, User, DomainEvent>,
{
    let maker = decision_maker(store.clone(), snapshots.clone());
    for stream in 0..2 {
        answer(maker.make(Rename::many(stream, events)).await)?;
        for number in 0..tail {
            answer(
                maker
                    .make(Rename::one(stream, u64::try_from(number)?))
                    .await,
            )?;
        }
    }
    let states = EventSourcedStateStore::new(store, snapshots);
    let load = async |id: String| Ok(states.load(User::new(id)).await?.state().renamed());
    Ok(vec![
        time_loads(request.seconds, 2, events + tail, load).await?,
    ])
}

/// One connection, which does several times as much as 32: an append is a serializable transaction that reads where all
/// others insert, so that of those side by side the server lets hardly more than one pass. And without the ping on each
/// acquire, which costs a round trip.
async fn pool(request: &Request) -> Result<PgPool, Failure> {
    let url = request.postgres.as_deref().ok_or("no database was given")?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect(url)
        .await?;
    match pool.acquire().await?.server_version_num() {
        // Each append calls it; whatever else its migrations make, version 14 reads too.
        Some(version) if version < 160_000 => Err(unsupported(format!(
            "its function `event_store_begin_epoch` is written with a hexadecimal number, which PostgreSQL reads from \
             version 16 on, and this is {}",
            version / 10_000
        ))),
        _ => Ok(pool),
    }
}

async fn store(pool: &PgPool) -> Result<Store, Failure> {
    Ok(PgEventStore::try_new(pool.clone(), Json::default()).await?)
}

fn answer<T, E: fmt::Display>(made: Result<T, DecisionError<E>>) -> Result<Answer, Failure> {
    match made {
        Ok(_) => Ok(Answer::Done),
        Err(DecisionError::StateStore(error)) if is_conflict(error.downcast_ref()) => {
            Ok(Answer::Conflict)
        }
        Err(error) => Err(error.to_string().into()),
    }
}

/// What it calls a conflict itself, and what the server calls one before the commit, which it passes on.
fn is_conflict(error: Option<&StoreError>) -> bool {
    match error {
        Some(StoreError::Concurrency) => true,
        Some(StoreError::Database(sqlx::Error::Database(error))) => {
            error.code().as_deref() == Some("40001")
        }
        _ => false,
    }
}
