//! Loading one aggregate after another.

use std::time::{Duration, Instant};

use crate::{Failure, Measure, Unit, median, stream_id};

/// How long a load takes: the median over as many as fit into some seconds.
///
/// `load` is given the id of an aggregate, each time another one of `streams`, and answers how many events were applied,
/// which must be `events`.
///
/// # Errors
///
/// The first one of a load, or another number of events.
pub async fn time_loads(
    seconds: f64,
    streams: usize,
    events: usize,
    mut load: impl AsyncFnMut(String) -> Result<u64, Failure>,
) -> Result<Measure, Failure> {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let mut loads = Vec::new();
    while loads.len() < 4 || Instant::now() < until {
        let id = stream_id(loads.len() % streams);
        let begun = Instant::now();
        let applied = load(id).await?;
        loads.push(begun.elapsed().as_secs_f64() * 1e6);
        if applied != u64::try_from(events)? {
            return Err(format!("{applied} events were applied, and not {events}").into());
        }
    }
    Ok(Measure::new("load", median(&loads), Unit::Microseconds))
}
