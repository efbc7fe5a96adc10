//! What fixtures ask an app. Not public API: it changes in patch releases.

use super::App;
use crate::{
    Position, ReadError, StoreError,
    projection::{Progress, State},
};

impl App {
    /// Waits until everything that follows the log here has dealt with all of it, and with what comes of that, or has
    /// stopped.
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

async fn settle(progress: &Progress, head: Position) {
    let mut changes = progress.changes();
    loop {
        let has_ended = matches!(
            changes.borrow_and_update().state,
            State::Stopped(_) | State::Paused
        );
        // The sender lives as long as the progress.
        if has_ended || progress.position() >= head || changes.changed().await.is_err() {
            return;
        }
    }
}
