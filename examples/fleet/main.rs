//! Three processes on one PostgreSQL database, under load, one of which is killed every few seconds.
//!
//! At the end it prints how many commands were acknowledged, what each view has seen of them, what is lost or doubled
//! (nothing), and how long it took until another process did the work of one that was killed.
//!
//! ```sh
//! DATABASE_URL=postgres://localhost/postgres cargo run --example fleet -- 30
//! ```
//!
//! The number is for how many seconds it runs. A schema of its own is made for each run, and stays.
//!
//! - `domain.rs`: what each process runs
//! - `node.rs`: one process
//! - `watch.rs`: the one that starts and kills the others, and sees who takes over
//! - `audit.rs`: what is there at the end, against what was acknowledged

mod audit;
mod domain;
mod node;
mod watch;

use std::{env, error::Error, time::Duration};

use cqrs::postgres::Postgres;

/// After how long without a sign of life a process is replaced.
const LEASE: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").map_err(
        |_| "set DATABASE_URL to a PostgreSQL database, such as postgres://localhost/postgres",
    )?;
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["node", name, schema] => node::run(connect(&url, schema).await?, name).await,
        [] => watch::run(&url, Duration::from_secs(20)).await,
        [seconds] => watch::run(&url, Duration::from_secs(seconds.parse()?)).await,
        _ => Err("usage: fleet [SECONDS]".into()),
    }
}

async fn connect(url: &str, schema: &str) -> Result<Postgres, Box<dyn Error>> {
    Ok(Postgres::options().schema(schema).connect(url).await?)
}
