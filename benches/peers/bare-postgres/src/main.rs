//! What PostgreSQL can do when nothing stands before it but its driver.

mod catch_up;
mod copy;
mod group;
mod insert;
mod load;
mod rows;
mod schema;
mod table;

use std::process::ExitCode;

use cqrs_bench_harness::{Measured, Request, Workload, contestant, unsupported};

fn main() -> ExitCode {
    contestant(&[("tokio-postgres", "0.7")], |name, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(name, request))
    })
}

async fn run(name: &str, request: &Request) -> Measured {
    match (name, request.workload) {
        (
            "bare",
            Workload::Commands {
                tasks,
                streams,
                rule,
                views: 0,
                ..
            },
        ) => group::run(request, tasks, streams, rule).await,
        (
            "bare-insert",
            Workload::Commands {
                tasks,
                streams,
                rule,
                views: 0,
                ..
            },
        ) => insert::run(request, tasks, streams, rule, insert::Connections::OneEach).await,
        (
            "bare-pipeline",
            Workload::Commands {
                tasks,
                streams,
                rule,
                views: 0,
                ..
            },
        ) => {
            insert::run(
                request,
                tasks,
                streams,
                rule,
                insert::Connections::OneForAll,
            )
            .await
        }
        (
            "bare",
            Workload::Load {
                events, snapshot, ..
            },
        ) => load::run(request, events, snapshot).await,
        (
            "bare",
            Workload::CatchUp {
                events,
                documents,
                views,
                ..
            },
        ) => catch_up::run(request, events, documents, views).await,
        ("bare", Workload::Table { events, rows, .. }) => table::run(request, events, rows).await,
        (
            "bare",
            Workload::Fill {
                events, streams, ..
            },
        ) => rows::run(request, events, streams).await,
        (
            "bare-copy",
            Workload::Fill {
                events, streams, ..
            },
        ) => copy::run(request, events, streams).await,
        ("bare", Workload::Size { events, .. }) => load::size(request, events).await,
        _ => Err(unsupported("there is nothing to compare it with")),
    }
}
