//! `cqrs-es` with its stores in memory, on SQLite and on PostgreSQL.

mod model;
mod postgres;
mod sqlite;

use std::{process::ExitCode, sync::Arc};

use cqrs_bench_harness::{
    Answer, Database, Failure, Measured, Request, Rule, Workload, contestant, drive, stream_id,
    time_loads, unsupported,
};
use cqrs_es::{AggregateError, CqrsFramework, EventStore, Query, mem_store::MemStore};

use crate::model::{Command, User};

fn main() -> ExitCode {
    let versions = [
        ("cqrs-es", "0.5.0"),
        ("postgres-es", "0.5.0"),
        ("sqlite-es", "0.5.0"),
    ];
    contestant(&versions, |_, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(request))
    })
}

async fn run(request: &Request) -> Measured {
    match request.workload {
        Workload::Commands {
            rule: Rule::Tag, ..
        } => Err(unsupported("it knows no rule over several aggregates")),
        Workload::Commands {
            database,
            tasks,
            streams,
            events,
            views,
            ..
        } => {
            let seconds = request.seconds;
            match database {
                Database::Memory => {
                    let cqrs = CqrsFramework::new(MemStore::default(), vec![], ());
                    commands(cqrs, tasks, streams, events, seconds).await
                }
                Database::Sqlite => {
                    let pool = sqlite::pool(request).await?;
                    let cqrs =
                        sqlite_es::sqlite_cqrs(pool.clone(), sqlite::views(&pool, views), ());
                    commands(cqrs, tasks, streams, events, seconds).await
                }
                Database::Postgres => {
                    let pool = postgres::pool(request).await?;
                    let cqrs =
                        postgres_es::postgres_cqrs(pool.clone(), postgres::views(&pool, views), ());
                    commands(cqrs, tasks, streams, events, seconds).await
                }
            }
        }
        // `EventSink::write` applies each event to the aggregate that it is given, which is the one to decide on where it
        // is called as documented. `PersistedEventStore::commit` is handed that aggregate, and where a snapshot is due its
        // `update_snapshot_with_events` applies the command's events to it again, up to the one of the snapshot. After
        // 1,000 events by 50, with a snapshot at each hundred, 500 are in it twice.
        Workload::Load { snapshot: true, .. } => Err(unsupported(
            "its snapshots are wrong: the events of the command at which one is kept are applied twice",
        )),
        Workload::Load {
            database, events, ..
        } => match database {
            Database::Sqlite => {
                let pool = sqlite::pool(request).await?;
                let cqrs = sqlite_es::sqlite_cqrs(pool.clone(), vec![], ());
                load(cqrs, sqlite::store(pool), request, events).await
            }
            Database::Postgres => {
                let pool = postgres::pool(request).await?;
                let cqrs = postgres_es::postgres_cqrs(pool.clone(), vec![], ());
                load(cqrs, postgres::store(pool), request, events).await
            }
            Database::Memory => Err(unsupported("nothing is loaded")),
        },
        _ => Err(unsupported(
            "it has nothing that does this over all aggregates in their order",
        )),
    }
}

async fn commands<S>(
    cqrs: CqrsFramework<User, S>,
    tasks: usize,
    streams: usize,
    events: usize,
    seconds: f64,
) -> Measured
where
    S: EventStore<User, AC: Send> + 'static,
{
    if events > 0 {
        for stream in 0..streams {
            cqrs.execute(&stream_id(stream), Command::fill(stream, events))
                .await?;
        }
    }
    let cqrs = Arc::new(cqrs);
    drive(tasks, streams, seconds, move |stream, number| {
        let cqrs = Arc::clone(&cqrs);
        async move {
            match cqrs
                .execute(&stream_id(stream), Command::rename(stream, number))
                .await
            {
                Ok(()) => Ok(Answer::Done),
                Err(AggregateError::AggregateConflict) => Ok(Answer::Conflict),
                Err(error) => Err(Failure::from(error)),
            }
        }
    })
    .await
}

/// Loads two in turn, as a command would.
async fn load<S>(
    cqrs: CqrsFramework<User, S>,
    store: S,
    request: &Request,
    events: usize,
) -> Measured
where
    S: EventStore<User>,
{
    use cqrs_es::AggregateContext;

    for stream in 0..2 {
        cqrs.execute(&stream_id(stream), Command::fill(stream, events))
            .await?;
    }
    let load = async |id: String| {
        let mut context = store.load_aggregate(&id).await?;
        Ok(context.aggregate().renamed())
    };
    Ok(vec![time_loads(request.seconds, 2, events, load).await?])
}

/// What is given to a framework that has no views.
pub(crate) type Queries = Vec<Box<dyn Query<User>>>;
