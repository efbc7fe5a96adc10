//! Waiting until views and handlers are where they are to be.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Failing, Progress, Projections, State};
use crate::{Position, ReadError, StoreError, store::documents::SubscriptionKind};

impl Projections {
    /// Waits until each knows where it stands: a handler that starts at the end of the log misses nothing from then on,
    /// whichever node runs it.
    pub(crate) async fn opened(&self) -> Result<(), StoreError> {
        let has_place = |progress: &Progress| match progress.subscription().kind {
            SubscriptionKind::View | SubscriptionKind::Projection => true,
            SubscriptionKind::Handler => progress.is_readable(),
        };
        for progress in self.all() {
            wait_until(progress, has_place).await?;
        }
        Ok(())
    }

    /// Waits until every view and projection has been built up to where the log is now.
    pub(crate) async fn built(&self) -> Result<(), StoreError> {
        let head = match self.log.store.head().await {
            Ok(head) => head,
            Err(ReadError::Store(error)) => return Err(error),
            Err(_no_position_was_given) => Position::START,
        };
        for progress in self.all() {
            if progress.subscription().kind != SubscriptionKind::Handler {
                wait_until(progress, |progress| progress.position() >= head).await?;
            }
        }
        Ok(())
    }

    /// Waits until each is at a position, or is paused or has stopped.
    pub(crate) async fn caught_up(&self, position: Position) {
        for progress in self.all() {
            let _awaited = progress.awaits();
            let mut changes = progress.changes();
            loop {
                let state = changes.borrow_and_update().state.clone();
                let waits = match &state {
                    State::Paused | State::Stopped(_) => true,
                    State::Elsewhere { report, .. } => report.is_at_rest(),
                    State::Starting | State::Running | State::Rebuilding { .. } => false,
                };
                if waits || progress.position() >= position && state != State::Starting {
                    break;
                }
                // The sender lives as long as the progress.
                let _change = changes.changed().await.is_ok();
            }
        }
    }
}

/// How long the store may fail while views are built before that is the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until one that follows has found out where it stands and is as it should be, or has stopped.
///
/// A store that fails when it is first asked, or for long, is the answer.
async fn wait_until(
    progress: &Progress,
    is_there: impl Fn(&Progress) -> bool,
) -> Result<(), StoreError> {
    let _awaited = progress.awaits();
    let mut changes = progress.changes();
    let mut failing_since = None;
    loop {
        let failing = {
            let status = changes.borrow_and_update();
            match (&status.state, &status.failing) {
                (State::Stopped(_) | State::Paused, _) => return Ok(()),
                (State::Starting, Some(Failing::Store(error))) => return Err(error.clone()),
                (State::Elsewhere { report, .. }, _) if report.is_at_rest() => return Ok(()),
                (State::Running | State::Rebuilding { .. } | State::Elsewhere { .. }, _)
                    if is_there(progress) =>
                {
                    return Ok(());
                }
                _ => {}
            }
            match &status.failing {
                Some(Failing::Store(error)) => Some(error.clone()),
                Some(Failing::Handler(_)) | None => None,
            }
        };
        // The sender lives as long as the progress, so a change is one.
        let Some(error) = failing else {
            failing_since = None;
            let _change = changes.changed().await.is_ok();
            continue;
        };
        let until = *failing_since.get_or_insert_with(Instant::now) + PATIENCE;
        if timeout_at(until, changes.changed()).await.is_err() {
            return Err(error);
        }
    }
}
