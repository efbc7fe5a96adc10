//! Measuring what takes very little time, and what takes a while.

use std::time::{Duration, Instant};

use crate::median;

/// A batch is so long that neither the clock nor the scheduler's tick counts.
const BATCH: Duration = Duration::from_millis(20);

/// How long one call takes: the median over batches, for about as many seconds.
///
/// `calls` makes as many calls as it is asked for.
pub async fn nanoseconds_per_call(seconds: f64, mut calls: impl AsyncFnMut(u64)) -> f64 {
    let mut count = 1;
    loop {
        let begun = Instant::now();
        calls(count).await;
        if begun.elapsed() >= BATCH {
            break;
        }
        count *= 2;
    }
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let mut batches = Vec::new();
    while batches.len() < 5 || Instant::now() < until {
        let begun = Instant::now();
        calls(count).await;
        batches.push(begun.elapsed().as_secs_f64() * 1e9 / number(count));
    }
    median(&batches)
}

/// How many a second that is.
#[must_use]
pub fn rate(count: usize, took: Duration) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX)) / took.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) const fn number(count: u64) -> f64 {
    count as f64
}
