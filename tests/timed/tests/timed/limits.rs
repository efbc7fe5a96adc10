//! What is measured, and what it may be.

use std::{env, time::Duration};

/// Whether this machine does nothing else, so that the figures themselves count.
pub(crate) fn is_exact() -> bool {
    env::var_os("CQRS_SOAK").is_some()
}

/// One number for the usual run, another for the exact one.
pub(crate) fn usual_or_exact(usual: usize, exact: usize) -> usize {
    if is_exact() { exact } else { usual }
}

/// Fails when it took longer than the criterion says, or ten times as long where the machine is shared.
#[track_caller]
pub(crate) fn at_most(what: &str, took: Duration, limit: Duration) {
    let limit = if is_exact() { limit } else { 10 * limit };
    assert!(took <= limit, "{what}: {took:?}, at most {limit:?}");
}

/// The time within which 99 of 100 were done.
pub(crate) fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let rank = times.len() - 1 - times.len() / 100;
    times[rank]
}
