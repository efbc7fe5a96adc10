//! What is possible without a framework: the limit that everything is held against.

mod catch_up;
mod commands;
mod dispatch;
mod load;
mod memory;
mod sqlite;
mod table;

use cqrs_bench_harness::{Database, Measured, Request, Workload, unsupported};

/// Carries a request out.
///
/// # Errors
///
/// When the database fails.
pub async fn run(request: &Request) -> Measured {
    match request.workload {
        Workload::Dispatch { case, .. } => dispatch::run(case, request.seconds).await,
        Workload::Commands {
            database: Database::Memory,
            tasks,
            streams,
            events,
            ..
        } => memory::run(tasks, streams, events, request.seconds).await,
        Workload::Commands {
            database: Database::Sqlite,
            views: 0,
            tasks,
            streams,
            rule,
            ..
        } => commands::run(request, tasks, streams, rule),
        Workload::Load {
            database: Database::Sqlite,
            events,
            snapshot,
        } => load::run(request, events, snapshot).await,
        Workload::CatchUp {
            database: Database::Sqlite,
            events,
            documents,
            views,
        } => catch_up::run(request, events, documents, views),
        Workload::Table {
            database: Database::Sqlite,
            events,
            rows,
        } => table::run(request, events, rows),
        Workload::Fill {
            database: Database::Sqlite,
            events,
            streams,
        } => sqlite::run(request, events, streams),
        Workload::Size {
            database: Database::Sqlite,
            events,
        } => load::size(request, events).await,
        _ => Err(unsupported("there is nothing to compare it with")),
    }
}
