//! `eventcore` with its stores in memory, on SQLite and on PostgreSQL.

mod model;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cqrs_bench_harness::{
    Answer, Database, Failure, Measured, Request, Rule, Workload, contestant, drive, time_loads,
    unsupported,
};
use eventcore::{
    CommandError, CommandLogic, RetryPolicy, execute,
    postgres::PostgresEventStore,
    sqlite::{SqliteConfig, SqliteEventStore},
};
use eventcore_memory::InMemoryEventStore;
use eventcore_types::EventStore;

use crate::model::{Look, Rename, TakeEmail, stream};

fn main() -> ExitCode {
    contestant(&[("eventcore", "2.1.0")], |_, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(request))
    })
}

async fn run(request: &Request) -> Measured {
    match request.workload.database() {
        Some(Database::Memory) => with(InMemoryEventStore::new(), request).await,
        Some(Database::Sqlite) => {
            let config = SqliteConfig {
                path: request.directory.join("events.db"),
                encryption_key: None,
            };
            let store = SqliteEventStore::new(config)?;
            store.migrate().await?;
            with(store, request).await
        }
        Some(Database::Postgres) => {
            let url = request.postgres.as_deref().ok_or("no database was given")?;
            // Without the ping on each acquire, which costs a round trip.
            let pool = sqlx::postgres::PgPoolOptions::new()
                .max_connections(32)
                .test_before_acquire(false);
            let store = PostgresEventStore::from_pool(pool.connect(url).await?);
            store.migrate().await;
            with(store, request).await
        }
        None => Err(unsupported("it has no bus")),
    }
}

async fn with<S>(store: S, request: &Request) -> Measured
where
    S: EventStore + Send + Sync + 'static,
{
    match request.workload {
        Workload::Commands {
            tasks,
            streams,
            events,
            rule,
            views: 0,
            ..
        } => {
            if events > 0 {
                for stream in 0..streams {
                    send(&store, Rename::many(stream, events)?).await?;
                }
            }
            let store = Arc::new(store);
            drive(tasks, streams, request.seconds, move |stream, number| {
                let store = Arc::clone(&store);
                async move {
                    match rule {
                        Rule::Stream => send(&*store, Rename::one(stream, number)?).await,
                        Rule::Tag => send(&*store, TakeEmail::new(stream, number)?).await,
                    }
                }
            })
            .await
        }
        Workload::Commands { .. } => Err(unsupported("its projections are another program's task")),
        Workload::Load {
            events,
            snapshot: false,
            ..
        } => {
            for stream in 0..2 {
                send(&store, Rename::many(stream, events)?).await?;
            }
            let load = async |id: String| {
                let seen = Arc::new(AtomicU64::new(0));
                let look = Look {
                    user: stream(&id)?,
                    seen: Arc::clone(&seen),
                };
                execute(&store, look, RetryPolicy::new()).await?;
                Ok(seen.load(Ordering::Relaxed))
            };
            Ok(vec![time_loads(request.seconds, 2, events, load).await?])
        }
        _ => Err(unsupported("it is not measured at this")),
    }
}

/// It tries again after a conflict, as often as it does by default.
async fn send<S, C>(store: &S, command: C) -> Result<Answer, Failure>
where
    S: EventStore + Sync,
    C: CommandLogic,
{
    match execute(store, command, RetryPolicy::new()).await {
        Ok(_) => Ok(Answer::Done),
        Err(CommandError::ConcurrencyError(_)) => Ok(Answer::Conflict),
        Err(error) => Err(Failure::from(error)),
    }
}
