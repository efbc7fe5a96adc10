//! `evento` on SQLite and PostgreSQL.

use std::process::ExitCode;

use bincode::{Decode, Encode};
use cqrs_bench_harness::{
    Answer, Database, Failure, Measured, Request, Rule, Workload, contestant, drive, stream_id,
    time_loads, unsupported,
};
use evento::{AggregatorName, EventDetails, Executor, WriteError, sql_migrator};
use serde::{Deserialize, Serialize};
use sqlx::{
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use sqlx_migrator::{Migrate, Plan};

fn main() -> ExitCode {
    contestant(&[("evento", "1.8.0")], |_, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(request))
    })
}

/// The event of all contestants; it is stored as bincode, which is all that it knows.
#[derive(AggregatorName, Encode, Decode)]
struct Renamed {
    user: String,
    email: String,
    name: String,
    age: u32,
    active: bool,
}

impl Renamed {
    fn sample(stream: usize, number: u64) -> Self {
        let cqrs_bench_harness::Renamed {
            user,
            email,
            name,
            age,
            active,
        } = cqrs_bench_harness::Renamed::sample(stream, number);
        Self {
            user,
            email,
            name,
            age,
            active,
        }
    }
}

#[derive(Default, Serialize, Deserialize, Encode, Decode, Clone, Debug)]
struct User {
    renamed: u64,
    name: String,
}

#[evento::aggregator]
impl User {
    async fn renamed(&mut self, event: EventDetails<Renamed>) -> anyhow::Result<()> {
        self.renamed += 1;
        self.name = event.data.name;
        Ok(())
    }
}

async fn run(request: &Request) -> Measured {
    match request.workload.database() {
        Some(Database::Sqlite) => {
            let options = SqliteConnectOptions::new()
                .filename(request.directory.join("events.db"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            // One connection, since SQLite has one writer, and several would only poll its lock.
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false);
            let pool = pool.connect_with(options).await?;
            let migrator = sql_migrator::new::<sqlx::Sqlite>()?;
            migrator
                .run(&mut *pool.acquire().await?, &Plan::apply_all())
                .await?;
            with(evento::Sqlite::from(pool), request).await
        }
        Some(Database::Postgres) => {
            let url = request.postgres.as_deref().ok_or("no database was given")?;
            // Without the ping on each acquire, which costs a round trip.
            let pool = PgPoolOptions::new()
                .max_connections(32)
                .test_before_acquire(false);
            let pool = pool.connect(url).await?;
            let migrator = sql_migrator::new::<sqlx::Postgres>()?;
            migrator
                .run(&mut *pool.acquire().await?, &Plan::apply_all())
                .await?;
            with(evento::Postgres::from(pool), request).await
        }
        _ => Err(unsupported("it has no store in memory and no bus")),
    }
}

async fn with<E: Executor + Clone>(executor: E, request: &Request) -> Measured {
    match request.workload {
        Workload::Commands {
            tasks,
            streams,
            rule: Rule::Stream,
            views: 0,
            ..
        } => {
            drive(tasks, streams, request.seconds, move |stream, number| {
                let executor = executor.clone();
                async move { rename(&executor, stream, number).await }
            })
            .await
        }
        Workload::Commands {
            rule: Rule::Tag, ..
        } => Err(unsupported("it knows no rule over several aggregates")),
        // It has kept a snapshot of the last event too: the tail is empty.
        Workload::Load {
            events,
            snapshot: true,
            ..
        } => {
            for stream in 0..2 {
                let save = evento::save::<User>(stream_id(stream));
                let mut numbers = 0..u64::try_from(events)?;
                let save = numbers.try_fold(save, |save, number| {
                    save.data(&Renamed::sample(stream, number))
                })?;
                save.metadata(&true)?.commit(&executor).await?;
            }
            let load = async |id: String| {
                let loaded = evento::load::<User, _>(&executor, id).await?;
                Ok(loaded.item.renamed)
            };
            Ok(vec![time_loads(request.seconds, 2, events, load).await?])
        }
        Workload::Load { .. } => Err(unsupported("it keeps a snapshot of everything")),
        _ => Err(unsupported("it is not measured at this")),
    }
}

async fn rename<E: Executor>(executor: &E, stream: usize, number: u64) -> Result<Answer, Failure> {
    let saved = evento::save::<User>(stream_id(stream))
        .data(&Renamed::sample(stream, number))?
        .metadata(&true)?
        .commit(executor)
        .await;
    match saved {
        Ok(_) => Ok(Answer::Done),
        Err(WriteError::InvalidOriginalVersion) => Ok(Answer::Conflict),
        Err(error) => Err(error.into()),
    }
}
