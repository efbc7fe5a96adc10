//! How many events share a transaction.

use std::time::Duration;

/// As many as fit into a short time: the store's other writers wait meanwhile.
#[derive(Debug)]
pub(super) struct Batch {
    events: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { events: Self::MOST }
    }
}

impl Batch {
    const MOST: usize = 512;
    const LONG: Duration = Duration::from_millis(100);
    const SHORT: Duration = Duration::from_millis(25);

    pub(super) const fn events(&self) -> usize {
        self.events
    }

    /// A transaction has taken so long.
    pub(super) fn took(&mut self, time: Duration) {
        if time > Self::LONG {
            self.events = (self.events / 2).max(1);
        } else if time < Self::SHORT {
            self.events = (self.events * 2).min(Self::MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shrinks_while_it_takes_long_and_grows_again() {
        let mut batch = Batch::default();
        assert_eq!(batch.events(), 512);
        for _ in 0..20 {
            batch.took(Duration::from_secs(1));
        }
        assert_eq!(batch.events(), 1);
        batch.took(Duration::from_millis(50));
        assert_eq!(batch.events(), 1, "it is about right");
        for _ in 0..20 {
            batch.took(Duration::ZERO);
        }
        assert_eq!(batch.events(), 512);
    }
}
