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
        Workload::Load {
            database,
            events,
            snapshot,
        } => match (database, snapshot) {
            (Database::Sqlite, false) => {
                let pool = sqlite::pool(request).await?;
                load(
                    sqlite_es::sqlite_cqrs(pool.clone(), vec![], ()),
                    sqlite::store(pool),
                    request,
                    events,
                    0,
                )
                .await
            }
            (Database::Sqlite, true) => {
                let pool = sqlite::pool(request).await?;
                let cqrs = sqlite_es::sqlite_snapshot_cqrs(pool.clone(), vec![], 100, ());
                load(cqrs, sqlite::snapshots(pool), request, events, TAIL).await
            }
            (Database::Postgres, false) => {
                let pool = postgres::pool(request).await?;
                load(
                    postgres_es::postgres_cqrs(pool.clone(), vec![], ()),
                    postgres::store(pool),
                    request,
                    events,
                    0,
                )
                .await
            }
            (Database::Postgres, true) => {
                let pool = postgres::pool(request).await?;
                let cqrs = postgres_es::postgres_snapshot_cqrs(pool.clone(), vec![], 100, ());
                load(cqrs, postgres::snapshots(pool), request, events, TAIL).await
            }
            (Database::Memory, _) => Err(unsupported("nothing is loaded")),
        },
        _ => Err(unsupported(
            "it has nothing that does this over all aggregates in their order",
        )),
    }
}

const TAIL: usize = 50;

/// Events of one command: with more of them than lie between two snapshots, a snapshot holds events that come again.
const PIECE: usize = 50;

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
    tail: usize,
) -> Measured
where
    S: EventStore<User>,
{
    use cqrs_es::AggregateContext;

    for stream in 0..2 {
        for _ in 0..events / PIECE {
            cqrs.execute(&stream_id(stream), Command::fill(stream, PIECE))
                .await?;
        }
        for number in 0..tail {
            cqrs.execute(
                &stream_id(stream),
                Command::rename(stream, u64::try_from(number)?),
            )
            .await?;
        }
    }
    let load = async |id: String| {
        let mut context = store.load_aggregate(&id).await?;
        Ok(context.aggregate().renamed())
    };
    Ok(vec![
        time_loads(request.seconds, 2, events + tail, load).await?,
    ])
}

/// What is given to a framework that has no views.
pub(crate) type Queries = Vec<Box<dyn Query<User>>>;
