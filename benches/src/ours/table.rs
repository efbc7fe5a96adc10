//! A table of the program's own, brought up to date from the first event.

use std::time::Instant;

use cqrs::{
    Aggregate, HandlerError, ProjectRows, Projection, Recorded, Tables,
    app::SubscriptionState,
    postgres::{Postgres, PostgresTables},
    sqlite::{Sqlite, SqliteTables},
};
use cqrs_bench_harness::{Database, Measure, Measured, Request, Unit, rate, unsupported};

use super::{
    log::fill,
    model::{Renamed, User},
    opened::Opened,
};

pub(super) async fn run(request: &Request, events: usize, rows: usize) -> Measured {
    let opened = Opened::new(request).await?;
    fill(opened.store(), User::NAME, events, rows).await?;
    let builder = opened.app(0);
    let builder = match request.workload.database() {
        Some(Database::Sqlite) => builder.projection::<OnSqlite>(),
        Some(Database::Postgres) => builder.projection::<OnPostgres>(),
        _ => return Err(unsupported("there are no tables in memory")),
    };
    let begun = Instant::now();
    let app = builder.start().await?;
    app.caught_up().await?;
    let took = begun.elapsed();
    for projection in app.status().await? {
        if projection.state != SubscriptionState::Running {
            return Err(format!("{projection:?}").into());
        }
    }
    app.shutdown().await?;
    Ok(vec![Measure::new(
        "events",
        rate(events, took),
        Unit::PerSecond,
    )])
}

/// How often each user was renamed, and the last name.
#[derive(Projection)]
#[projection(name = "names", store = Sqlite, events(Renamed))]
struct OnSqlite;

impl Tables for OnSqlite {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        let users = tables.name("users")?;
        tables.execute_batch(&format!(
            "CREATE TABLE {users} (
                 id TEXT PRIMARY KEY, renamed INTEGER NOT NULL, name TEXT NOT NULL
             ) STRICT"
        ))?;
        Ok(())
    }
}

impl ProjectRows<Renamed> for OnSqlite {
    async fn project(
        event: &Recorded<Renamed>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        let users = tables.name("users")?;
        tables.execute(
            &format!(
                "INSERT INTO {users} (id, renamed, name) VALUES (?1, 1, ?2)
                 ON CONFLICT (id) DO UPDATE SET renamed = renamed + 1, name = excluded.name"
            ),
            (event.stream().id(), &event.name),
        )?;
        Ok(())
    }
}

/// The same on the other database.
#[derive(Projection)]
#[projection(name = "names", store = Postgres, events(Renamed))]
struct OnPostgres;

impl Tables for OnPostgres {
    async fn create(tables: &mut PostgresTables) -> Result<(), HandlerError> {
        let users = tables.name("users")?;
        tables
            .execute_batch(&format!(
                "CREATE TABLE {users} (
                     id text PRIMARY KEY, renamed bigint NOT NULL, name text NOT NULL
                 )"
            ))
            .await?;
        Ok(())
    }
}

impl ProjectRows<Renamed> for OnPostgres {
    async fn project(
        event: &Recorded<Renamed>,
        tables: &mut PostgresTables,
    ) -> Result<(), HandlerError> {
        let users = tables.name("users")?;
        tables
            .execute(
                &format!(
                    "INSERT INTO {users} AS u (id, renamed, name) VALUES ($1, 1, $2)
                     ON CONFLICT (id) DO UPDATE SET renamed = u.renamed + 1, name = excluded.name"
                ),
                &[&event.stream().id(), &event.name],
            )
            .await?;
        Ok(())
    }
}
