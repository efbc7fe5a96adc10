//! The contestants that need nothing but this workspace: the framework, and what is possible without one.

use std::process::ExitCode;

use cqrs_bench_harness::{Failure, Measured, Request, contestant, unsupported};
use cqrs_benches::{bare, ours};

fn main() -> ExitCode {
    let versions = [
        ("cqrs", env!("CARGO_PKG_VERSION")),
        ("SQLite", rusqlite::version()),
    ];
    contestant(&versions, |name, request| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(name, request))
    })
}

async fn run(name: &str, request: &Request) -> Measured {
    match name {
        "cqrs" => ours::run(request).await,
        "bare" => bare::run(request).await,
        other => Err(Failure::from(unsupported(format!(
            "there is no contestant `{other}`"
        )))),
    }
}
