//! Time that passes only when nothing else can happen.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cqrs::clock::Clock;
use tokio::time::Instant;

/// The wall clock of all nodes: tokio's paused time, and jumps.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    started: Instant,
    jumped: Arc<AtomicI64>,
}

impl VirtualClock {
    /// 2030-01-01T00:00:00Z.
    const BEGINNING: Duration = Duration::from_secs(1_893_456_000);

    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            jumped: Arc::default(),
        }
    }

    /// How long the simulation has run, whatever the wall clock says.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Moves the wall clock, as an administrator or a time server would.
    pub(crate) fn jump(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        let time = UNIX_EPOCH + Self::BEGINNING + self.elapsed();
        let jumped = self.jumped.load(Ordering::Relaxed);
        let by = Duration::from_secs(jumped.unsigned_abs());
        if jumped < 0 { time - by } else { time + by }
    }
}
