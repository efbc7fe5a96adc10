//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double, up to a limit.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self {
            next: Duration::from_millis(50),
            longest: Duration::from_secs(30),
        }
    }

    /// For a store that is away: when it is back, all that follows it goes on soon.
    pub(super) const fn of_the_store() -> Self {
        Self {
            longest: Duration::from_secs(2),
            ..Self::new()
        }
    }

    /// How long to wait now.
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }
}
