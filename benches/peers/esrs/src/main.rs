//! `esrs` on PostgreSQL.

use std::{convert::Infallible, process::ExitCode, sync::Arc};

use cqrs_bench_harness::{
    Answer, Failure, Measured, Renamed, Request, Rule, Tally, Workload, contestant, drive,
    stream_id, time_loads, unsupported,
};
use esrs::{
    Aggregate, AggregateState,
    manager::AggregateManager,
    store::postgres::{PgStore, PgStoreBuilder, PgStoreError, UuidFormat},
};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

fn main() -> ExitCode {
    contestant(&[("esrs", "0.18.0")], |_, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(request))
    })
}

struct User;

#[derive(Clone, Serialize, Deserialize)]
enum Event {
    Renamed(Renamed),
}

impl Aggregate for User {
    const NAME: &'static str = "user";
    type State = Tally;
    type Command = Vec<Renamed>;
    type Event = Event;
    type Error = Infallible;

    fn handle_command(_: &Tally, command: Vec<Renamed>) -> Result<Vec<Event>, Infallible> {
        Ok(command.into_iter().map(Event::Renamed).collect())
    }

    fn apply_event(mut state: Tally, event: Event) -> Tally {
        let Event::Renamed(renamed) = event;
        state.apply(&renamed);
        state
    }
}

type Manager = AggregateManager<PgStore<User>>;

async fn run(request: &Request) -> Measured {
    match request.workload {
        Workload::Commands {
            tasks,
            streams,
            rule: Rule::Stream,
            views: 0,
            ..
        } => {
            let manager = Arc::new(manager(request).await?);
            drive(tasks, streams, request.seconds, move |stream, number| {
                let manager = Arc::clone(&manager);
                async move { rename(&manager, stream, vec![Renamed::sample(stream, number)]).await }
            })
            .await
        }
        Workload::Commands {
            rule: Rule::Tag, ..
        } => Err(unsupported("it knows no rule over several aggregates")),
        Workload::Load {
            events,
            snapshot: false,
            ..
        } => {
            let manager = manager(request).await?;
            for stream in 0..2 {
                let all = (0..)
                    .take(events)
                    .map(|number| Renamed::sample(stream, number));
                rename(&manager, stream, all.collect()).await?;
            }
            let load = async |name: String| {
                let stream = (0..2)
                    .find(|stream| stream_id(*stream) == name)
                    .unwrap_or_default();
                let state = manager.load(id(stream)).await?;
                Ok(state.map_or(0, |state| state.inner().renamed))
            };
            Ok(vec![time_loads(request.seconds, 2, events, load).await?])
        }
        Workload::Load { .. } => Err(unsupported("it has no snapshots")),
        _ => Err(unsupported("it is not measured at this")),
    }
}

async fn manager(request: &Request) -> Result<Manager, Failure> {
    let url = request.postgres.as_deref().ok_or("no database was given")?;
    // Without the ping on each acquire, which costs a round trip.
    let pool = PgPoolOptions::new()
        .max_connections(32)
        .test_before_acquire(false);
    // Ids in the order of time, which its index likes better than the random ones that are its default.
    let store = PgStoreBuilder::new(pool.connect(url).await?)
        .with_event_id_format(UuidFormat::V7)
        .try_build()
        .await?;
    Ok(AggregateManager::new(store))
}

async fn rename(manager: &Manager, stream: usize, to: Vec<Renamed>) -> Result<Answer, Failure> {
    let id = id(stream);
    let state = manager.load(id).await?;
    let state = state.unwrap_or_else(|| AggregateState::with_id(id));
    match manager.handle_command(state, to).await {
        Ok(Ok(_)) => Ok(Answer::Done),
        Ok(Err(never)) => match never {},
        // Somebody else has taken the sequence number.
        Err(PgStoreError::Sqlx(sqlx::Error::Database(error))) if error.is_unique_violation() => {
            Ok(Answer::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

fn id(stream: usize) -> Uuid {
    Uuid::from_u128(1 + stream as u128)
}
