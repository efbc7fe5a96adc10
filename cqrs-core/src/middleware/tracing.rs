//! A span for each message.

use tracing::{Instrument, field};

use super::{Call, Ended, Middleware, Next, Outcome};

/// A span named `cqrs.call` around each message, with the fields `kind`, `name`, `command_id`, `correlation_id`, `actor`
/// and, at its end, `outcome`.
///
/// A rejection is told at level `info`, a failure at `warn`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Tracing;

impl Tracing {
    /// A span for each message.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Middleware for Tracing {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        let metadata = call.metadata();
        let span = tracing::info_span!(
            "cqrs.call",
            kind = call.kind().as_str(),
            name = call.name(),
            command_id = metadata.command_id().map(field::display),
            correlation_id = metadata.correlation_id().map(field::display),
            actor = metadata.actor_name(),
            outcome = field::Empty,
        );
        let outcome = next.run(call).instrument(span.clone()).await;
        span.record("outcome", outcome.label());
        span.in_scope(|| match outcome.result() {
            Ok(()) => tracing::debug!("done"),
            Err(Ended::Rejected(reason) | Ended::Refused(reason)) => {
                tracing::info!(reason, "rejected");
            }
            Err(Ended::Failed(reason)) => tracing::warn!(reason, "failed"),
            Err(Ended::TimedOut) => tracing::warn!("timed out"),
        });
        outcome
    }
}
