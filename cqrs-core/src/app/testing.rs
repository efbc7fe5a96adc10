//! What fixtures ask an app. Not public API: it changes in patch releases.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::App;
use crate::{
    Position, ReadError, StoreError,
    projection::{Progress, State},
};

impl App {
    /// Waits until everything that follows the log here has dealt with all of it, and with what comes of that, has
    /// stopped, or keeps failing.
    #[doc(hidden)]
    pub async fn settled(&self) -> Result<(), StoreError> {
        let core = &self.gate.core;
        let mut settled_at = None;
        loop {
            let head = match core.log.store.head().await {
                Ok(head) => head,
                Err(ReadError::Store(error)) => return Err(error),
                Err(_no_position_was_given) => Position::START,
            };
            if settled_at == Some(head) {
                return Ok(());
            }
            for progress in core.projections.all() {
                settle(progress, head).await;
            }
            settled_at = Some(head);
        }
    }

    /// Why a message or handler of this name is not served, in an app that was started although.
    #[doc(hidden)]
    #[must_use]
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.gate.core.faults.get(name).map(String::as_str)
    }
}

/// How long something may fail at one event before it counts as settled.
const PATIENCE: Duration = Duration::from_millis(500);

async fn settle(progress: &Progress, head: Position) {
    let mut changes = progress.changes();
    // Where it fails, and until when that is waited for.
    let mut failing: Option<(Position, Instant)> = None;
    loop {
        let (has_ended, fails) = {
            let status = changes.borrow_and_update();
            let has_ended = matches!(status.state, State::Stopped(_) | State::Paused);
            (has_ended, status.failing.is_some())
        };
        let position = progress.position();
        if has_ended || position >= head {
            return;
        }
        failing = match failing.filter(|(at, _)| fails && *at == position) {
            None if fails => Some((position, Instant::now() + PATIENCE)),
            known => known,
        };
        let change = async { changes.changed().await.is_ok() };
        let goes_on = match failing {
            Some((_, until)) => timeout_at(until, change).await.unwrap_or(false),
            // The sender lives as long as the progress.
            None => change.await,
        };
        if !goes_on {
            return;
        }
    }
}
