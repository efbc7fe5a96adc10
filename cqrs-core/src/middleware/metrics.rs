//! Counters and times of messages.

use std::time::Instant;

use super::{Call, Middleware, Next, Outcome};

/// Counts and times messages through the `metrics` facade.
///
/// | name | what | labels |
/// |---|---|---|
/// | `cqrs_calls_total` | counter of messages that have ended | `kind`, `name`, `outcome` |
/// | `cqrs_call_duration_seconds` | histogram of their times | `kind`, `name`, `outcome` |
/// | `cqrs_calls_in_flight` | gauge of messages that have not ended | `kind` |
///
/// `kind` is `command` or `query`, `outcome` is `ok`, `rejected`, `failed`, `refused` or `timed_out`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Metrics;

impl Metrics {
    /// Counts and times each message.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Middleware for Metrics {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        let (kind, name) = (call.kind().as_str(), call.name());
        let _in_flight = InFlight::new(kind);
        let start = Instant::now();
        let outcome = next.run(call).await;
        let label = outcome.label();
        metrics::counter!("cqrs_calls_total", "kind" => kind, "name" => name, "outcome" => label)
            .increment(1);
        metrics::histogram!("cqrs_call_duration_seconds", "kind" => kind, "name" => name, "outcome" => label)
            .record(start.elapsed());
        outcome
    }
}

/// Counted while it lives, so that a message that is given up is not counted for ever.
struct InFlight(&'static str);

impl InFlight {
    fn new(kind: &'static str) -> Self {
        metrics::gauge!("cqrs_calls_in_flight", "kind" => kind).increment(1);
        Self(kind)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("cqrs_calls_in_flight", "kind" => self.0).decrement(1);
    }
}
