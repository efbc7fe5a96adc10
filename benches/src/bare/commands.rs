//! Prepared inserts, as many a transaction as there would be callers waiting.

use std::time::{Duration, Instant};

use cqrs_bench_harness::{
    Failure, Measure, Measured, Renamed, Request, Rule, Unit, median, percentile, rate,
};
use rusqlite::Connection;

use super::sqlite::{insert, open};

pub(super) fn run(request: &Request, tasks: usize, streams: usize, rule: Rule) -> Measured {
    let connection = open(&request.directory)?;
    commit_for(&connection, request.seconds, tasks, streams, rule)
}

/// Commits batches for some seconds.
pub(super) fn commit_for(
    connection: &Connection,
    seconds: f64,
    tasks: usize,
    streams: usize,
    rule: Rule,
) -> Measured {
    let mut number = 0;
    let mut latencies = Vec::new();
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        let batch = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..tasks {
            let stream = number % streams;
            command(connection, stream, u64::try_from(number)?, rule)?;
            number += 1;
        }
        connection.execute_batch("COMMIT")?;
        latencies.push(batch.elapsed().as_secs_f64() * 1e6);
    }
    Ok(vec![
        Measure::new("commands", rate(number, begun.elapsed()), Unit::PerSecond),
        Measure::new("p50", median(&latencies), Unit::Microseconds),
        Measure::new("p99", percentile(&mut latencies, 99), Unit::Microseconds),
    ])
}

fn command(connection: &Connection, stream: usize, number: u64, rule: Rule) -> Result<(), Failure> {
    match rule {
        Rule::Stream => insert(connection, stream, number, None),
        Rule::Tag => {
            let tag = format!("email:{}", Renamed::sample(stream, number).email);
            let taken: bool = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM tags WHERE tag = ?1)")?
                .query_row([&tag], |row| row.get(0))?;
            if taken {
                return Err(format!("{tag} is taken").into());
            }
            insert(connection, stream, number, Some(&tag))
        }
    }
}
