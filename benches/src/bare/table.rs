//! Reading pages, decoding, and an upsert for each event; each page is a transaction.

use std::time::Instant;

use cqrs_bench_harness::{Measure, Measured, Request, Unit, rate};
use rusqlite::params;

use super::{
    catch_up::page,
    sqlite::{fill, open},
};

pub(super) fn run(request: &Request, events: usize, rows: usize) -> Measured {
    let connection = open(&request.directory)?;
    fill(&connection, events, rows)?;
    let begun = Instant::now();
    let mut position = 0;
    loop {
        let page = page(&connection, position)?;
        let Some((last, _)) = page.last() else { break };
        position = *last;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut upsert = connection.prepare_cached(
            "INSERT INTO users (id, renamed, name) VALUES (?1, 1, ?2)
             ON CONFLICT (id) DO UPDATE SET renamed = renamed + 1, name = excluded.name",
        )?;
        for (_, event) in &page {
            upsert.execute(params![event.user, event.name])?;
        }
        connection
            .prepare_cached("INSERT OR REPLACE INTO checkpoints (view, position) VALUES (0, ?1)")?
            .execute([position])?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}
