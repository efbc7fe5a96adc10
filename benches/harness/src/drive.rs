//! Callers that each send one command after another.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    Failure, Measure, Measured, Unit,
    clock::{number, rate},
    samples::percentile,
};

/// What a command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out.
    Done,
    /// Somebody else was faster, says the contestant; the caller would have to send it again.
    Conflict,
}

/// Runs `tasks` callers for some seconds, after a quarter of that time to warm up.
///
/// `send` is given the number of the aggregate, below `streams`, and the number of the command.
///
/// # Errors
///
/// The first one of a command.
pub async fn drive<F, R>(tasks: usize, streams: usize, seconds: f64, send: F) -> Measured
where
    F: Fn(usize, u64) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Answer, Failure>> + Send,
{
    let send = Arc::new(send);
    let begin = Instant::now() + Duration::from_secs_f64(seconds / 4.0);
    let end = begin + Duration::from_secs_f64(seconds);
    let mut callers = JoinSet::new();
    for task in 0..tasks {
        let send = Arc::clone(&send);
        callers.spawn(async move { call(&*send, task, tasks, streams, begin, end).await });
    }
    let mut all = Caller::default();
    while let Some(caller) = callers.join_next().await {
        all.join(caller??);
    }
    let took = all.last.unwrap_or(end).max(end) - begin;
    if all.latencies.is_empty() {
        return Err(Failure::from("nothing but conflicts came of it"));
    }
    let answered = number(all.conflicts) + number(u64::try_from(all.latencies.len())?);
    let mut measures = vec![
        Measure::new("commands", rate(all.latencies.len(), took), Unit::PerSecond),
        Measure::new(
            "p50",
            percentile(&mut all.latencies, 50),
            Unit::Microseconds,
        ),
        Measure::new(
            "p99",
            percentile(&mut all.latencies, 99),
            Unit::Microseconds,
        ),
    ];
    if all.conflicts > 0 {
        let share = 100.0 * number(all.conflicts) / answered;
        measures.push(Measure::new("conflicts", share, Unit::Percent));
    }
    Ok(measures)
}

#[derive(Default)]
struct Caller {
    latencies: Vec<f64>,
    conflicts: u64,
    /// When the last command was answered that counts.
    last: Option<Instant>,
}

impl Caller {
    fn join(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.conflicts += other.conflicts;
        self.last = self.last.max(other.last);
    }
}

async fn call<F, R>(
    send: &F,
    task: usize,
    tasks: usize,
    streams: usize,
    begin: Instant,
    end: Instant,
) -> Result<Caller, Failure>
where
    F: Fn(usize, u64) -> R,
    R: Future<Output = Result<Answer, Failure>>,
{
    let mut caller = Caller::default();
    let mut turn = task;
    loop {
        let asked = Instant::now();
        let answer = send(turn % streams, u64::try_from(turn)?).await?;
        let answered = Instant::now();
        // However slow it is, each caller counts at least once.
        if answered >= end && caller.last.is_some() {
            return Ok(caller);
        }
        if answered >= begin {
            caller.last = Some(answered);
            match answer {
                Answer::Done => caller
                    .latencies
                    .push((answered - asked).as_secs_f64() * 1e6),
                Answer::Conflict => caller.conflicts += 1,
            }
        }
        turn += tasks;
    }
}
