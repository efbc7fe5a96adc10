//! The framework, written as its documentation tells users to.

mod catch_up;
mod commands;
mod dispatch;
mod footprint;
mod ids;
mod load;
mod log;
mod messages;
mod model;
mod opened;
mod size;
mod table;

use cqrs_bench_harness::{Measured, Request, Workload};

/// Carries a request out.
///
/// # Errors
///
/// When the framework fails.
pub async fn run(request: &Request) -> Measured {
    match request.workload {
        Workload::Dispatch { case, messages } => {
            dispatch::run(case, messages, request.seconds).await
        }
        Workload::Commands { .. } => commands::run(request).await,
        Workload::Load {
            events, snapshot, ..
        } => load::run(request, events, snapshot).await,
        Workload::CatchUp {
            events,
            documents,
            views,
            ..
        } => catch_up::run(request, events, documents, views).await,
        Workload::Table { events, rows, .. } => table::run(request, events, rows).await,
        Workload::Fill {
            events, streams, ..
        } => log::run(request, events, streams).await,
        Workload::Lag { tasks, .. } => catch_up::lag(request, tasks).await,
        Workload::Size { events, .. } => size::run(request, events).await,
        Workload::Footprint {
            events, instances, ..
        } => footprint::run(request, events, instances).await,
        Workload::Ids => ids::run(request.seconds).await,
    }
}
