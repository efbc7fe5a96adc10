//! A limit on the time of a message.

use std::time::Duration;

use super::{Call, Middleware, Next, Outcome};

/// Stops waiting after a time: the sender gets `TimedOut`. What an aggregate has been given to decide still happens.
///
/// ```
/// use std::time::Duration;
///
/// let limit = cqrs_core::Timeout::after(Duration::from_secs(10));
/// # let _ = limit;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Timeout(Duration);

impl Timeout {
    /// Stops waiting after this time.
    #[must_use]
    pub const fn after(limit: Duration) -> Self {
        Self(limit)
    }
}

impl Middleware for Timeout {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        match tokio::time::timeout(self.0, next.run(call)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Outcome::timed_out(),
        }
    }
}
